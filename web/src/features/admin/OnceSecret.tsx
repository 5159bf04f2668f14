import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

interface Props {
  /** What is shown now and never again, by what it is called. */
  values: { label?: string; value: string; testid: string }[];
  onClose: () => void;
}

/** A secret that the server has told once, to be copied. */
export function OnceSecret({ values, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Alert color="yellow">{t("token.once")}</Alert>
      {values.map(({ label, value, testid }) => (
        <div key={testid}>
          {label && <Text size="sm" fw={600} mb={4}>{label}</Text>}
          <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }} data-testid={testid}>{value}</Code>
          <Group justify="flex-end" mt={6}>
            <CopyButton value={value}>
              {({ copied, copy }) => (
                <Button size="xs" variant="light" leftSection={<IconCopy size={16} aria-hidden />} onClick={copy}>{t(copied ? "token.copied" : "token.copy")}</Button>
              )}
            </CopyButton>
          </Group>
        </div>
      ))}
      <Group justify="flex-end"><Button onClick={onClose}>{t("action.close")}</Button></Group>
    </Stack>
  );
}
