import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { SpecialInputProps } from "~/features/records/special";
import classes from "./forms.module.css";

/** Where a web form is, and what puts it into another page. */
export function FormAddress({ value, draft }: SpecialInputProps) {
  const { t } = useTranslation();
  const address = `${window.location.origin}/f/${String(value ?? "")}`;
  const title = String(draft.title ?? "").replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const frame = `<iframe src="${address}" title="${title}" width="100%" height="640" style="border:0"></iframe>`;
  return (
    <Stack gap={6} align="flex-start">
      <a className="gx-link" href={address} target="_blank" rel="noreferrer">{address}</a>
      {Boolean(draft.allowed_origins) && <Code block className={classes.code}>{frame}</Code>}
      <Group gap="xs">
        <Copy text={address} label={t("webForm.copyAddress")} />
        {Boolean(draft.allowed_origins) && <Copy text={frame} label={t("webForm.copyFrame")} />}
      </Group>
      {!draft.active && <Text size="sm" c="dimmed">{t("webForm.idle")}</Text>}
    </Stack>
  );
}

function Copy({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-sm" variant="default" leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />} onClick={copy}>
          {copied ? t("webForm.copied") : label}
        </Button>
      )}
    </CopyButton>
  );
}
