import { Button } from "@mantine/core";
import { IconCheck, IconRotate2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { PanelProps } from "~/features/records/special";
import { useCompletion } from "./api";

export function TaskActions({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const completion = useCompletion();
  if (!module.operations.includes("edit")) return null;
  const ended = record.status === "done" || record.status === "cancelled";
  const Sign = ended ? IconRotate2 : IconCheck;
  return (
    <Button variant="default" leftSection={<Sign size={16} aria-hidden />} loading={completion.isPending} onClick={() => completion.mutate({ task: record, done: !ended })}>
      {t(ended ? "task.reopen" : "task.done")}
    </Button>
  );
}
