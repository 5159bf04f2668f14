/** Deleting, with a moment to think better of it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { showError } from "~/ui/errors";
import { offerUndo } from "~/ui/undo";
import { deleteRecord, refresh, titleOf, undeleteRecord } from "./api";

export function useDelete(module: Module) {
  const { t } = useTranslation();
  const client = useQueryClient();

  const undo = async (record: Rec): Promise<void> => {
    await undeleteRecord(module.name, record.id);
    await refresh(client, module.name);
  };

  return useMutation({
    mutationFn: (record: Rec) => deleteRecord(module.name, record),
    onSuccess: async (_gone, record) => {
      const said = t("record.isDeleted", { title: titleOf(record, module) });
      offerUndo(`deleted-${record.id}`, said, () => undo(record), t("record.restored"));
      await refresh(client, module.name);
    },
    onError: showError,
  });
}
