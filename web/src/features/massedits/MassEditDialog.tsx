/** A mass edit from what is to change, over what would become of the first records, to its end. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { errorText } from "~/ui/errors";
import { formatTotal } from "~/ui/format";
import { useFormat } from "~/ui/useFormat";
import { begin, changeOf, keep, preview, type Mode, type Preview, type Target, type Wanted } from "./api";
import { Changes, emptyRow, isFilled, type Row } from "./Changes";
import { Outcome } from "./Outcome";
import { PreviewRows } from "./PreviewRows";

/** What the dialog begins with. */
export interface Start {
  field?: string;
  mode?: Mode;
  delete?: boolean;
}

interface Props {
  module: Module;
  target: Target;
  start: Start;
  onClose: () => void;
  /** Closed after it was begun. */
  onBegun: () => void;
}

export function MassEditDialog({ module, target, start, onClose, onBegun }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [rows, setRows] = useState<Row[]>([emptyRow(module, start.field, start.mode)]);
  const [seen, setSeen] = useState<Preview | null>(null);
  const [job, setJob] = useState("");
  const [key] = useState(() => crypto.randomUUID());
  const changes = start.delete ? [] : rows.flatMap(({ field, mode, value }) => (field ? [changeOf(field, mode, value)] : []));
  const wanted: Wanted = { module: module.name, selection: target, changes, ...(start.delete && { delete: true }) };
  const look = useMutation({ mutationFn: () => preview(wanted), onSuccess: setSeen });
  const run = useMutation({
    mutationFn: () => begin(wanted, key),
    onSuccess: async (made) => {
      setJob(made.id);
      await keep(client, made);
    },
  });
  const close = (): void => {
    onClose();
    if (job) onBegun();
  };
  const failure = look.error ?? run.error;
  const title = t(start.delete ? "mass.delete" : "mass.edit");

  return (
    <Modal opened onClose={close} title={title} size="lg" closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stack>
        {failure && <Alert color="red" role="alert">{errorText(failure)}</Alert>}
        {job
          ? <Outcome module={module} id={job} />
          : seen
            ? (
              <>
                <Text fw={600}>{t(start.delete ? "mass.willDelete" : "mass.willChange", { total: formatTotal(seen.total, format) })}</Text>
                <PreviewRows module={module} preview={seen} changes={changes} />
                <Group justify="flex-end">
                  <Button variant="default" onClick={() => (start.delete ? onClose() : setSeen(null))}>{t(start.delete ? "action.cancel" : "mass.back")}</Button>
                  <Button color={start.delete ? "red" : undefined} loading={run.isPending} disabled={seen.total === 0} onClick={() => run.mutate()}>{t(start.delete ? "action.delete" : "mass.apply")}</Button>
                </Group>
              </>
            )
            : (
              <>
                {!start.delete && <Changes module={module} rows={rows} onChange={setRows} />}
                <Group justify="flex-end">
                  <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
                  <Button loading={look.isPending} disabled={!start.delete && !(rows.length > 0 && rows.every(isFilled))} onClick={() => look.mutate()}>{t("mass.preview")}</Button>
                </Group>
              </>
            )}
      </Stack>
    </Modal>
  );
}
