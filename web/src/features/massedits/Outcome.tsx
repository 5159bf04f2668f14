/** How far a mass edit is, what came of it, and the way back. */
import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { refresh } from "~/features/records/api";
import { useTitle } from "~/features/records/titles";
import { showError } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import { act, isUnderWay, keep, massEditQuery, refusalsQuery, type MassEdit, type Refusal } from "./api";
import classes from "./massedits.module.css";

export function Outcome({ module, id }: { module: Module; id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: job } = useQuery(massEditQuery(id));
  const ended = job && !isUnderWay(job) ? job.state : "";
  useEffect(() => {
    if (ended) void refresh(client, module.name);
  }, [client, ended, module.name]);
  const step = useMutation({ mutationFn: (action: "cancel" | "undo") => act(id, action), onSuccess: (now) => keep(client, now), onError: showError });
  if (!job) return <Text size="sm">{t("state.loading")}</Text>;
  return (
    <Stack gap="sm">
      {isUnderWay(job)
        ? <UnderWay job={job} onCancel={() => step.mutate("cancel")} />
        : <Ended job={job} />}
      {!isUnderWay(job) && (Number(job.refused ?? 0) > 0 || Number(job.conflicts ?? 0) > 0) && <Refusals module={module} job={job} />}
      {job.undo_until && (
        <Group justify="flex-end">
          <Button variant="default" loading={step.isPending} onClick={() => step.mutate("undo")}>{t("action.undo")}</Button>
        </Group>
      )}
    </Stack>
  );
}

function UnderWay({ job, onCancel }: { job: MassEdit; onCancel: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [done, total] = [Number(job.done ?? 0), Number(job.total ?? 0)];
  return (
    <>
      <Text fw={600} aria-live="polite">{t(job.state === "undoing" ? "mass.state.undoing" : "mass.state.running")}</Text>
      <Progress value={total ? (100 * done) / total : 100} animated={!total} size="lg" aria-label={t("mass.title")} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">{t("import.progress", { done: format.integer(done), total: format.integer(total) })}</Text>
        {job.state === "running" && <Button variant="default" size="xs" onClick={onCancel}>{t("action.cancel")}</Button>}
      </Group>
      <Text size="sm" c="dimmed">{t("mass.mayLeave")}</Text>
    </>
  );
}

function Ended({ job }: { job: MassEdit }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = (value: string | number | undefined): string => format.integer(Number(value ?? 0));
  if (job.state === "failed") return <Alert color="red" title={t("mass.state.failed")}>{job.error}</Alert>;
  return (
    <>
      <Text fw={600} role="status">{t(`mass.state.${job.state as "done" | "cancelled" | "undone"}`)}</Text>
      <Text size="sm">
        {job.state === "undone"
          ? t("mass.undone", { conflicts: count(job.conflicts) })
          : t("mass.counts", { changed: count(job.changed), unchanged: count(job.unchanged), refused: count(job.refused) })}
      </Text>
    </>
  );
}

function Refusals({ module, job }: { module: Module; job: MassEdit }) {
  const { t } = useTranslation();
  const { data } = useQuery(refusalsQuery(job));
  const shown = data?.filter((one) => Boolean(one.undoing) === (job.state === "undone")) ?? [];
  return (
    <ul className={classes.rows} aria-label={t("mass.refusals")}>
      {shown.map((one, index) => <RefusalRow key={index} module={module} refusal={one} />)}
    </ul>
  );
}

function RefusalRow({ module, refusal }: { module: Module; refusal: Refusal }) {
  const title = useTitle(module.type, refusal.record_id);
  return (
    <li>
      <Link className="gx-link" to="/$module/$id" params={{ module: module.name, id: refusal.record_id }}>{title?.text || refusal.record_id}</Link>
      <Text size="sm" c="dimmed">{refusal.message}</Text>
    </li>
  );
}
