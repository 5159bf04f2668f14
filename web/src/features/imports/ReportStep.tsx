import { Alert, Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertCircle, IconArrowBackUp, IconCircleCheck, IconFileImport, IconList } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { showError } from "~/ui/errors";
import { useFormat, useLabel } from "~/ui/useFormat";
import { act, type Import } from "./api";
import classes from "./imports.module.css";
import { Tile } from "./Tile";

interface Props {
  module: Module;
  job: Import;
  onChange: (job: Import) => void;
}

const COUNTS = ["created", "updated", "unchanged", "skipped"] as const;

/** Step 4: what became of it, and the way back. */
export function ReportStep({ module, job, onChange }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const [asking, ask] = useDisclosure(false);
  const undo = useMutation({ mutationFn: () => act(job.id, "undo"), onSuccess: onChange, onError: showError, onSettled: ask.close });
  const state = job.state as "done" | "cancelled" | "undone" | "failed";
  const { counts } = job;
  const changed = counts.created + counts.updated;
  return (
    <Stack className={classes.panel} gap="md">
      <Group gap="sm">
        {state === "done" ? <IconCircleCheck size={28} color="var(--mantine-color-jade-6)" aria-hidden /> : <IconAlertCircle size={28} aria-hidden />}
        <Title order={2} aria-live="polite">{t(`import.state.${state}`)}</Title>
        {job.end_time && <Text c="dimmed" size="sm">{format.dateTime(job.end_time)}</Text>}
      </Group>
      {state === "failed" && <Alert color="red">{job.error || t("error.title")}</Alert>}
      {state === "undone" && counts.conflicts > 0 && (
        <Alert color="yellow">{t("import.undoConflicts", { count: counts.conflicts, total: format.integer(counts.conflicts) })}</Alert>
      )}
      <dl className={classes.tiles}>
        {COUNTS.map((name) => (
          <Tile key={name} label={t(`import.count.${name}`)} value={format.integer(counts[name])} tone={name === "created" && counts.created ? "good" : undefined} />
        ))}
      </dl>
      {counts.skipped > 0 && <Text size="sm" c="dimmed">{t("import.skippedHint")}</Text>}
      <Group>
        <Button renderRoot={(props) => <Link to="/$module" params={{ module: module.name }} {...props} />} leftSection={<IconList size={16} aria-hidden />}>
          {t("import.show", { what: label(module.plural) })}
        </Button>
        <Button variant="default" renderRoot={(props) => <Link to="/imports/new" search={{}} {...props} />} leftSection={<IconFileImport size={16} aria-hidden />}>
          {t("import.another")}
        </Button>
        {(state === "done" || state === "cancelled") && changed > 0 && (
          <Button variant="subtle" color="red" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={ask.open}>{t("import.undo")}</Button>
        )}
      </Group>
      <Modal opened={asking} onClose={ask.close} title={t("import.undo")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <Text size="sm">{t("import.undoAsk", { created: format.integer(counts.created), updated: format.integer(counts.updated) })}</Text>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={ask.close}>{t("action.cancel")}</Button>
          <Button color="red" loading={undo.isPending} onClick={() => undo.mutate()}>{t("import.undo")}</Button>
        </Group>
      </Modal>
    </Stack>
  );
}
