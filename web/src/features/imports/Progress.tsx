import { Button, Group, Progress as Bar, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { showError } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import { act, type Import } from "./api";
import classes from "./imports.module.css";
import { percentDone } from "./mapping";

/** The step under way: how far, how fast, and the way to stop it. */
export function Progress({ job, onChange }: { job: Import; onChange: (job: Import) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cancel = useMutation({ mutationFn: () => act(job.id, "cancel"), onSuccess: onChange, onError: showError });
  const percent = percentDone(job);
  const state = job.state as "validating" | "running" | "undoing";
  return (
    <Stack className={classes.panel} gap="sm">
      <Title order={2} aria-live="polite">{t(`import.state.${state}`)}…</Title>
      <Bar.Root size="lg">
        <Bar.Section value={percent ?? 100} animated={percent === null} aria-label={t(`import.state.${state}`)} />
      </Bar.Root>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {job.total > 0 ? t("import.progress", { done: format.integer(job.done), total: format.integer(job.total) }) : t("import.reading")}
          {job.rate > 0 && ` · ${t("import.rate", { rate: format.integer(job.rate) })}`}
        </Text>
        {state !== "undoing" && (
          <Button variant="default" size="xs" loading={cancel.isPending} onClick={() => cancel.mutate()}>{t("action.cancel")}</Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">{t("import.mayLeave")}</Text>
    </Stack>
  );
}
