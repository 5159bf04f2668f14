import { Alert, Button, Code, CopyButton, Group, Stack } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

/** Shown once, to be kept on paper or in a password manager. */
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const { t } = useTranslation();
  const text = codes.join("\n");
  return (
    <Stack>
      <Alert color="yellow" role="status">{t("factor.keepCodes")}</Alert>
      <Code block data-testid="recovery-codes" tabIndex={0}>{text}</Code>
      <Group justify="flex-end">
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="light" leftSection={<IconCopy size={16} aria-hidden />} onClick={copy}>{t(copied ? "token.copied" : "token.copy")}</Button>
          )}
        </CopyButton>
        <Button onClick={onKept}>{t("factor.kept")}</Button>
      </Group>
    </Stack>
  );
}
