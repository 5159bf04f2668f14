/** Deleting, with a moment to think better of it. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { showDone, showError } from "~/ui/errors";
import { deleteRecord, refresh, titleOf, undeleteRecord } from "./api";

const UNDO_MS = 10_000;

export function useDelete(module: Module) {
  const { t } = useTranslation();
  const client = useQueryClient();

  const undo = async (record: Rec): Promise<void> => {
    notifications.hide(`deleted-${record.id}`);
    try {
      await undeleteRecord(module.name, record.id);
      await refresh(client, module.name);
      showDone(t("record.restored"));
    } catch (error) {
      showError(error);
    }
  };

  return useMutation({
    mutationFn: (record: Rec) => deleteRecord(module.name, record),
    onSuccess: async (_gone, record) => {
      notifications.show({
        id: `deleted-${record.id}`,
        autoClose: UNDO_MS,
        message: (
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm">{t("record.isDeleted", { title: titleOf(record, module) })}</Text>
            <Button size="xs" variant="light" onClick={() => void undo(record)}>{t("action.undo")}</Button>
          </Group>
        ),
      });
      await refresh(client, module.name);
    },
    onError: showError,
  });
}
