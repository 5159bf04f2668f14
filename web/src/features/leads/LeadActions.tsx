import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowBackUp, IconTransform } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { refresh } from "~/features/records/api";
import type { PanelProps } from "~/features/records/special";
import { showDone, showError } from "~/ui/errors";
import { ConvertDialog } from "./ConvertDialog";

/** An open lead is converted; a converted one is taken back. */
export function LeadActions({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const [opened, dialog] = useDisclosure(false);
  if (!module.operations.includes("edit")) return null;
  if (record.convert_time) return <Revert record={record} module={module} />;
  return (
    <>
      <Button variant="default" leftSection={<IconTransform size={16} aria-hidden />} onClick={dialog.open}>{t("lead.convert")}</Button>
      <Modal opened={opened} onClose={dialog.close} title={t("lead.convert")} size="lg" centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <ConvertDialog lead={record} onClose={dialog.close} />
      </Modal>
    </>
  );
}

function Revert({ record }: PanelProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asking, dialog] = useDisclosure(false);
  const revert = useMutation({
    mutationFn: () => post(`/leads/${record.id}:revertConversion`, { etag: record.etag }),
    onSuccess: async () => {
      dialog.close();
      await Promise.all(["leads", "accounts", "contacts", "opportunities"].map((name) => refresh(client, name)));
      showDone(t("lead.reverted"));
    },
    onError: showError,
  });
  return (
    <>
      <Button variant="default" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={dialog.open}>{t("lead.revert")}</Button>
      <Modal opened={asking} onClose={dialog.close} title={t("lead.revert")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <Stack>
          <Text size="sm">{t("lead.revertEffect")}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>{t("action.cancel")}</Button>
            <Button color="red" loading={revert.isPending} onClick={() => revert.mutate()}>{t("lead.revert")}</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
