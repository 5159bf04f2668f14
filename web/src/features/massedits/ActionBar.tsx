/** What can be done with the records that are chosen in a list. */
import { Button, CloseButton, Group, Paper, Text } from "@mantine/core";
import { IconArrowMerge, IconDownload, IconEdit, IconTrash, IconUserShare } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { editableFields } from "~/app/metadata";
import { MOST, mayMerge } from "~/features/duplicates/merging";
import { useExport } from "~/features/records/export";
import { quote } from "~/features/records/filter";
import type { Selection } from "~/features/records/selection";
import { formatTotal } from "~/ui/format";
import { useFormat, useLabel } from "~/ui/useFormat";
import classes from "./massedits.module.css";
import { MassEditDialog, type Start } from "./MassEditDialog";

const MergeDialog = lazy(() => import("~/features/duplicates/MergeDialog").then((m) => ({ default: m.MergeDialog })));

interface Props {
  module: Module;
  selection: Selection;
  /** Records that match. */
  total: number;
  /** Whether all of the page shown is chosen. */
  wholePage: boolean;
  filter: string;
  order: string;
}

export function ActionBar({ module, selection, total, wholePage, filter, order }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const [merging, setMerging] = useState(false);
  const [start, setStart] = useState<Start | null>(null);
  const ids = [...selection.ids];
  const one = ids.map(quote);
  const exporting = useExport(module.name, selection.all ? filter : `id = ${one.length > 1 ? `(${one.join(" OR ")})` : one.join("")}`, order);
  const may = (operation: string): boolean => module.operations.includes(operation);
  // Lists such as tags and groups are what records are put into by the hundred.
  const lists = editableFields(module, false).filter((field) => field.kind === "references");
  return (
    <Paper className={classes.bar} withBorder shadow="sm" role="region" aria-label={t("mass.title")}>
      <Group gap="xs">
        <Text size="sm" fw={600} aria-live="polite">{t("mass.chosen", { total: formatTotal(selection.count, format) })}</Text>
        {wholePage && !selection.all && total > selection.count && (
          <Button size="compact-sm" variant="subtle" onClick={selection.chooseAll}>{t("mass.chooseAll", { total: formatTotal(total, format) })}</Button>
        )}
      </Group>
      <Group gap={6}>
        {may("edit") && <Button size="compact-sm" variant="default" leftSection={<IconEdit size={14} aria-hidden />} onClick={() => setStart({})}>{t("action.edit")}</Button>}
        {may("edit") && lists.map((field) => (
          <Button key={field.name} size="compact-sm" variant="default" onClick={() => setStart({ field: field.name, mode: "add" })}>{label(field.label)}</Button>
        ))}
        {may("edit") && may("assign") && module.owned && (
          <Button size="compact-sm" variant="default" leftSection={<IconUserShare size={14} aria-hidden />} onClick={() => setStart({ field: "owner_id", mode: "set" })}>{t("mass.assign")}</Button>
        )}
        {mayMerge(module) && ids.length > 1 && ids.length <= MOST && (
          <Button size="compact-sm" variant="default" leftSection={<IconArrowMerge size={14} aria-hidden />} onClick={() => setMerging(true)}>{t("merge.action")}</Button>
        )}
        {may("export") && <Button size="compact-sm" variant="default" leftSection={<IconDownload size={14} aria-hidden />} loading={exporting.busy} onClick={exporting.start}>{t("list.export")}</Button>}
        {may("delete") && <Button size="compact-sm" variant="default" c="red" leftSection={<IconTrash size={14} aria-hidden />} onClick={() => setStart({ delete: true })}>{t("action.delete")}</Button>}
        <CloseButton aria-label={t("mass.clear")} onClick={selection.clear} />
      </Group>
      {merging && <Suspense><MergeDialog module={module} ids={ids} onClose={() => setMerging(false)} onMerged={selection.clear} /></Suspense>}
      {start && (
        <MassEditDialog
          module={module}
          target={selection.all ? { filter, everything: !filter } : { ids }}
          start={start}
          onClose={() => setStart(null)}
          onBegun={selection.clear}
        />
      )}
    </Paper>
  );
}
