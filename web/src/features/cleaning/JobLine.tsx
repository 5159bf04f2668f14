/** How far a scan or a merge of many is, what came of it, and the way back. */
import { Button, Group, Progress, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { refresh } from "~/features/records/api";
import { showError } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import { act, isUnderWay, readAgain, type Job, type Kind } from "./api";

export function JobLine({ kind, job }: { kind: Kind; job: Job | null | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const ended = job && !isUnderWay(job) ? job.id + job.state : "";
  const module = job?.module ?? "";
  useEffect(() => {
    if (!ended) return;
    void client.invalidateQueries({ queryKey: ["duplicate_groups"] });
    void refresh(client, module);
  }, [client, ended, module]);
  const step = useMutation({
    mutationFn: (action: "cancel" | "undo") => act(kind, job?.id ?? "", action),
    onSuccess: () => readAgain(client),
    onError: showError,
  });
  if (!job) return null;
  const count = (value: string | number | undefined): string => format.integer(Number(value ?? 0));
  const [done, total] = [Number(job.done ?? 0), Number(job.total ?? 0)];
  const scan = kind === "duplicate_scans";
  if (isUnderWay(job)) {
    return (
      <Group gap="sm" style={{ flex: "1 1 200px" }}>
        <Text size="sm" aria-live="polite">{t(scan ? "cleaning.scanning" : `cleaning.merging.${job.state as "running" | "undoing"}`)}</Text>
        <Progress style={{ flex: 1, minWidth: 80 }} value={total ? (100 * done) / total : 100} animated={!total} aria-label={t("cleaning.title")} />
        {job.state === "running" && <Button size="compact-sm" variant="default" onClick={() => step.mutate("cancel")}>{t("action.cancel")}</Button>}
      </Group>
    );
  }
  return (
    <Group gap="sm">
      <Text size="sm" role="status" c={job.state === "failed" ? "red" : "dimmed"}>
        {scan
          ? t("cleaning.scanned", { when: format.ago(job.create_time), state: t(`cleaning.state.${job.state}`), groups: count(job.groups) })
          : t("cleaning.mergedMany", { when: format.ago(job.create_time), state: t(`cleaning.state.${job.state}`), merged: count(job.merged), refused: count(job.refused) })}
        {" "}{job.error}
      </Text>
      {job.undo_until && <Button size="compact-sm" variant="default" loading={step.isPending} onClick={() => step.mutate("undo")}>{t("action.undo")}</Button>}
    </Group>
  );
}
