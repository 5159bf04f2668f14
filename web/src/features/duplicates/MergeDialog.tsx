/** Records side by side: which one stays, whose values it takes, and how much moves to it. */
import { Alert, Button, Group, Modal, Radio, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module, Rec } from "~/api/types";
import { titleOf, valueOf } from "~/features/records/api";
import { errorText } from "~/ui/errors";
import { FieldValue } from "~/ui/fields/FieldValue";
import { useFormat, useLabel } from "~/ui/useFormat";
import classes from "./duplicates.module.css";
import { differing, fullest, holder, keep, merge, recordsQuery, referencesQuery, type Choices } from "./merging";
import { MergeOutcome } from "./MergeOutcome";
import { useCalled } from "./useCalled";

interface Props {
  module: Module;
  ids: string[];
  onClose: () => void;
  /** Closed after it was done. */
  onMerged?: (survivor: string) => void;
}

export function MergeDialog({ module, ids, onClose, onMerged }: Props) {
  const { t } = useTranslation();
  const { data: records, error } = useQuery(recordsQuery(module.name, ids));
  const [made, setMade] = useState<{ id: string; survivor: string } | null>(null);
  const close = (): void => {
    onClose();
    if (made) onMerged?.(made.survivor);
  };
  return (
    <Modal opened onClose={close} title={t("merge.title")} size="xl" closeButtonProps={{ "aria-label": t("action.close") }}>
      {error && <Alert color="red" role="alert">{errorText(error)}</Alert>}
      {!records && !error && <Skeleton height={200} aria-label={t("state.loading")} />}
      {made
        ? <MergeOutcome id={made.id} />
        : records && <Choice module={module} records={records} onClose={onClose} onMade={(id, survivor) => setMade({ id, survivor })} />}
    </Modal>
  );
}

interface ChoiceProps {
  module: Module;
  records: Rec[];
  onClose: () => void;
  onMade: (id: string, survivor: string) => void;
}

function Choice({ module, records, onClose, onMade }: ChoiceProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [survivor, setSurvivor] = useState(() => fullest(module, records));
  const [choices, setChoices] = useState<Choices>({});
  const [key] = useState(() => crypto.randomUUID());
  const others = records.map(({ id }) => id).filter((id) => id !== survivor);
  const run = useMutation({
    mutationFn: () => merge(module.name, survivor, others, choices, key),
    onSuccess: async (made) => {
      onMade(made.id, survivor);
      await keep(client, made);
    },
  });
  return (
    <Stack>
      <Text size="sm">{t("merge.explain")}</Text>
      <div className={classes.scroll}>
        <Table className={classes.sides} aria-label={t("merge.title")} withRowBorders>
          <Survivors module={module} records={records} survivor={survivor} onChoose={(id) => { setSurvivor(id); setChoices({}); }} />
          <Table.Tbody>
            {differing(module, records).map((field) => (
              <Row
                key={field.name}
                field={field}
                records={records}
                chosen={holder(records, survivor, choices, field)}
                onChoose={(id) => setChoices({ ...choices, [field.name]: id })}
              />
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <Moving module={module} ids={others} />
      {run.error && <Alert color="red" role="alert">{errorText(run.error)}</Alert>}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
        <Button loading={run.isPending} disabled={others.length === 0} onClick={() => run.mutate()}>{t("merge.action")}</Button>
      </Group>
    </Stack>
  );
}

function Survivors({ module, records, survivor, onChoose }: { module: Module; records: Rec[]; survivor: string; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table.Thead>
      <Table.Tr>
        <Table.Th scope="row">{t("merge.stays")}</Table.Th>
        {records.map((record) => {
          const title = titleOf(record, module) || t("field.untitled");
          return (
            <Table.Th key={record.id} scope="col">
              <Radio
                name="survivor"
                label={title}
                description={record.create_time && t("merge.since", { when: format.date(record.create_time.slice(0, 10)) })}
                aria-label={t("merge.keep", { title })}
                checked={record.id === survivor}
                onChange={() => onChoose(record.id)}
              />
            </Table.Th>
          );
        })}
      </Table.Tr>
    </Table.Thead>
  );
}

function Row({ field, records, chosen, onChoose }: { field: Field; records: Rec[]; chosen: string; onChoose: (id: string) => void }) {
  const label = useLabel();
  const name = label(field.label);
  return (
    <Table.Tr>
      <Table.Th scope="row">{name}</Table.Th>
      {records.map((record, index) => (
        <Table.Td key={record.id}>
          <Group gap={8} wrap="nowrap" align="flex-start">
            <Radio
              name={`merge-${field.name}`}
              aria-label={`${name} ${index + 1}`}
              checked={record.id === chosen}
              onChange={() => onChoose(record.id)}
            />
            <div><FieldValue field={field} value={valueOf(record, field)} /></div>
          </Group>
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

/** How much of what the reader sees comes to the survivor. */
function Moving({ module, ids }: { module: Module; ids: string[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const called = useCalled();
  const { data } = useQuery(referencesQuery(module.name, ids));
  if (!data) return null;
  const counts = new Map<string, number>();
  for (const { module: name, count } of data) counts.set(name, (counts.get(name) ?? 0) + count);
  const told = [...counts].map(([name, count]) => t("merge.some", { what: called(name), number: format.integer(count) }));
  return <Text size="sm" c="dimmed">{told.length > 0 ? t("merge.moves", { what: told.join(t("access.comma")) }) : t("merge.movesNothing")}</Text>;
}
