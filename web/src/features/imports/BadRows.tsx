/** The rows with problems as a grid: a wrong cell is corrected where it stands. */
import { Button, Group, Skeleton, Table, Text, TextInput, Tooltip } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { showError } from "~/ui/errors";
import { useFormat, useLabel } from "~/ui/useFormat";
import { repair, rowsQuery, type Import, type Row } from "./api";
import classes from "./imports.module.css";

interface Props {
  module: Module;
  job: Import;
  onChange: (job: Import) => void;
}

export function BadRows({ module, job, onChange }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const [tokens, setTokens] = useState<string[]>([]);
  const { data } = useQuery(rowsQuery(job, { token: tokens.at(-1) }));
  const fix = useMutation({
    mutationFn: ({ row, field, value }: { row: number; field: string; value: string }) => repair(job.id, [{ field, row, replacement: value }]),
    onSuccess: onChange,
    onError: showError,
  });
  const fields = job.mappings.map((one) => one.field).filter(Boolean);
  const name = (field: string): string => {
    const found = module.fields.find((one) => one.name === field);
    return found ? label(found.label) : field.replace("external_ids.", "");
  };
  if (!data) return <Skeleton height={160} />;
  return (
    <>
      <div className={classes.scroll}>
        <Table verticalSpacing={4} fz={13}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("import.row")}</Table.Th>
              {fields.map((field) => <Table.Th key={field}>{name(field)}</Table.Th>)}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.rows.map((row) => (
              <GridRow key={row.number} row={row} fields={fields} name={name} busy={fix.isPending} onFix={(field, value) => fix.mutate({ row: row.number, field, value })} />
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {(data.next || tokens.length > 0) && (
        <Group justify="flex-end" mt="sm">
          <Button variant="default" size="xs" disabled={tokens.length === 0} onClick={() => setTokens(tokens.slice(0, -1))}>{t("list.previous")}</Button>
          <Button variant="default" size="xs" disabled={!data.next} onClick={() => setTokens([...tokens, data.next])}>{t("list.next")}</Button>
        </Group>
      )}
    </>
  );
}

interface RowProps {
  row: Row;
  fields: string[];
  name: (field: string) => string;
  busy: boolean;
  onFix: (field: string, value: string) => void;
}

function GridRow({ row, fields, name, busy, onFix }: RowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table.Tr>
      <Table.Td c="dimmed">{format.integer(row.number)}</Table.Td>
      {fields.map((field) => {
        const issue = row.issues.find((one) => one.field === field);
        const value = row.values[field] ?? "";
        if (!issue) return <Table.Td key={field}><Text span inherit className="gx-nowrap" maw={180} display="block">{value}</Text></Table.Td>;
        return (
          <Table.Td key={field}>
            <Tooltip label={issue.message} multiline maw={320}>
              <TextInput
                size="xs"
                miw={130}
                error
                disabled={busy}
                defaultValue={value}
                aria-label={t("import.cell", { field: name(field), row: row.number, problem: issue.message })}
                onBlur={(event) => {
                  const entered = event.currentTarget.value.trim();
                  if (entered !== value) onFix(field, entered);
                }}
                onKeyDown={(event) => {
                  if (event.key === "Enter") event.currentTarget.blur();
                }}
              />
            </Tooltip>
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}
