/** One record as a row of a list: opened by a click, its values changed in their places. */
import { Checkbox, Table } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import clsx from "clsx";
import { useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module, Rec } from "~/api/types";
import { titleOf } from "./api";
import { Cell } from "./Cell";
import { InlineEdit, isEditable } from "./InlineEdit";
import classes from "./RecordTable.module.css";
import type { Selection } from "./selection";

/** How long a click waits whether it was the first of two. */
const TWICE_MS = 220;
const RIGHT = new Set(["integer", "decimal", "percent", "money"]);

export const isRight = (field: Field): boolean => RIGHT.has(field.kind);

interface Props {
  module: Module;
  columns: Field[];
  record: Rec;
  selection?: Selection;
  /** The keyboard comes into the list by this row. */
  first: boolean;
}

export function RecordRow({ module, columns, record, selection, first }: Props) {
  const navigate = useNavigate();
  const [editing, setEditing] = useState("");
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const open = (): void => void navigate({ to: "/$module/$id", params: { module: module.name, id: record.id } });

  const onClick = (event: MouseEvent): void => {
    // Links, inputs and selections inside the row keep their own meaning; the title is a link for the keyboard.
    if ((event.target as HTMLElement).closest("a, button, input, label, form") || window.getSelection()?.toString()) return;
    clearTimeout(waiting.current);
    const cell = (event.target as HTMLElement).closest("td");
    if (cell?.dataset.editable) waiting.current = setTimeout(open, TWICE_MS);
    else open();
  };

  const edit = (field: Field): void => {
    clearTimeout(waiting.current);
    window.getSelection()?.removeAllRanges();
    setEditing(field.name);
  };

  const done = (cell: string): void => {
    setEditing("");
    requestAnimationFrame(() => document.getElementById(cell)?.focus());
  };

  return (
    <Table.Tr onClick={onClick} className={classes.row} data-chosen={selection?.has(record.id) || undefined} data-deleted={record.delete_time ? true : undefined}>
      {columns.map((field, index) => {
        const editable = isEditable(module, field, record);
        const cell = `cell-${record.id}-${field.name}`;
        return (
          <Table.Td
            key={field.name}
            id={cell}
            tabIndex={first && index === 0 ? 0 : -1}
            data-editable={editable || undefined}
            className={clsx(classes.cell, isRight(field) && classes.right, editing === field.name && classes.open)}
            onDoubleClick={editable ? () => edit(field) : undefined}
            onKeyDown={(event) => {
              if (event.target !== event.currentTarget) return;
              if (event.key === "Enter" && editable) {
                event.preventDefault();
                edit(field);
              } else if (event.key === "Enter") open();
              else walk(event);
            }}
          >
            {editing === field.name
              ? <InlineEdit module={module} field={field} record={record} onDone={() => done(cell)} />
              : <Value module={module} field={field} record={record} selection={selection} />}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}

/** Arrow keys go from cell to cell. */
function walk(event: KeyboardEvent<HTMLTableCellElement>): void {
  const { currentTarget: cell, key } = event;
  const row = cell.parentElement as HTMLTableRowElement;
  const other = {
    ArrowLeft: cell.previousElementSibling,
    ArrowRight: cell.nextElementSibling,
    ArrowUp: row.previousElementSibling?.children[cell.cellIndex],
    ArrowDown: row.nextElementSibling?.children[cell.cellIndex],
  }[key];
  if (!(other instanceof HTMLElement)) return;
  event.preventDefault();
  other.focus();
}

function Value({ module, field, record, selection }: { module: Module; field: Field; record: Rec; selection?: Selection }) {
  if (field.name !== module.title_field) return <Cell module={module} field={field} record={record} />;
  return (
    <>
      {selection && <Choose module={module} selection={selection} record={record} />}
      <TitleLink module={module} record={record} />
    </>
  );
}

export function TitleLink({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  return (
    <Link className={classes.title} to="/$module/$id" params={{ module: module.name, id: record.id }} data-deleted={record.delete_time ? true : undefined}>
      {titleOf(record, module) || t("field.untitled")}
    </Link>
  );
}

export function Choose({ module, selection, record }: { module: Module; selection: Selection; record: Rec }) {
  const { t } = useTranslation();
  return (
    <Checkbox
      className={classes.choose}
      size="xs"
      aria-label={t("mass.choose", { title: titleOf(record, module) || t("field.untitled") })}
      checked={selection.has(record.id)}
      onChange={() => selection.toggle(record.id)}
    />
  );
}
