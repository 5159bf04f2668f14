/** Records as rows (desktop) or as cards (phone). */
import { Box, Checkbox, Skeleton, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import clsx from "clsx";
import { useTranslation } from "react-i18next";
import type { Field, Module, Rec } from "~/api/types";
import { useLabel } from "~/ui/useFormat";
import { isEmpty, valueOf } from "./api";
import { Cell } from "./Cell";
import { Choose, isRight, RecordRow, TitleLink } from "./RecordRow";
import classes from "./RecordTable.module.css";
import type { Selection } from "./selection";

interface Props {
  module: Module;
  columns: Field[];
  /** Undefined while they are read for the first time. */
  records: Rec[] | undefined;
  /** `name desc` */
  order: string;
  onOrder: (order: string) => void;
  stale?: boolean;
  /** Where records can be chosen. */
  selection?: Selection;
}

const PLACEHOLDERS = Array.from({ length: 8 }, (_, index) => index);

export function RecordTable({ module, columns, records, order, onOrder, stale, selection }: Props) {
  const label = useLabel();
  const [sorted, direction] = order.split(" ");
  return (
    <Box className={clsx("gx-card", classes.frame)} data-stale={stale || undefined} visibleFrom="sm">
      <Table className={classes.table} verticalSpacing={9} horizontalSpacing="md" highlightOnHover stickyHeader>
        <Table.Thead>
          <Table.Tr>
            {columns.map((field, index) => (
              <Table.Th
                key={field.name}
                className={clsx(isRight(field) && classes.right)}
                aria-sort={field.name === sorted ? (direction === "desc" ? "descending" : "ascending") : undefined}
              >
                {index === 0 && selection && records && <ChoosePage selection={selection} records={records} />}
                {field.sortable
                  ? <SortButton field={field} active={field.name === sorted} descending={direction === "desc"} onOrder={onOrder} />
                  : label(field.label)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {records
            ? records.map((record, index) => <RecordRow key={record.id} module={module} columns={columns} record={record} selection={selection} first={index === 0} />)
            : PLACEHOLDERS.map((index) => (
                <Table.Tr key={index}>
                  {columns.map((field) => <Table.Td key={field.name}><Skeleton height={14} my={4} width="75%" /></Table.Td>)}
                </Table.Tr>
              ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

function SortButton({ field, active, descending, onOrder }: { field: Field; active: boolean; descending: boolean; onOrder: (order: string) => void }) {
  const label = useLabel();
  const Sign = active ? (descending ? IconArrowDown : IconArrowUp) : IconArrowsSort;
  // Ascending, descending, and back to the list's own order.
  const next = !active ? field.name : descending ? "" : `${field.name} desc`;
  return (
    <UnstyledButton className={classes.sort} onClick={() => onOrder(next)} data-active={active || undefined}>
      {label(field.label)}
      <Sign size={14} aria-hidden className={classes.arrow} />
    </UnstyledButton>
  );
}

function ChoosePage({ selection, records }: { selection: Selection; records: Rec[] }) {
  const { t } = useTranslation();
  const state = selection.pageState(records);
  return (
    <Checkbox
      className={classes.choose}
      size="xs"
      aria-label={t("mass.choosePage")}
      checked={state === "all"}
      indeterminate={state === "some"}
      onChange={() => selection.togglePage(records)}
    />
  );
}

export function RecordCards({ module, columns, records, stale, selection }: Omit<Props, "order" | "onOrder">) {
  const label = useLabel();
  const others = columns.filter((field) => field.name !== module.title_field);
  return (
    <Stack gap="xs" hiddenFrom="sm" component="ul" className={classes.cards} data-stale={stale || undefined}>
      {records
        ? records.map((record) => (
            <li key={record.id} className={clsx("gx-card", classes.card)}>
              {selection && <Choose module={module} selection={selection} record={record} />}
              <TitleLink module={module} record={record} />
              <dl className={classes.facts}>
                {others.filter((field) => !isEmpty(valueOf(record, field))).slice(0, 5).map((field) => (
                  <div key={field.name}>
                    <dt>{label(field.label)}</dt>
                    <dd><Cell module={module} field={field} record={record} /></dd>
                  </div>
                ))}
              </dl>
            </li>
          ))
        : PLACEHOLDERS.slice(0, 5).map((index) => (
            <li key={index} className={clsx("gx-card", classes.card)}>
              <Skeleton height={16} width="60%" mb={10} /><Text component="div"><Skeleton height={12} width="85%" mb={8} /><Skeleton height={12} width="70%" /></Text>
            </li>
          ))}
    </Stack>
  );
}
