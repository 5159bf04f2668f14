/** Choice and order of a list's columns: by mouse, or with Alt and the arrow keys. */
import { ActionIcon, Button, Checkbox, Group, Popover, ScrollArea, Text, Tooltip } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconColumns3, IconGripVertical } from "@tabler/icons-react";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module } from "~/api/types";
import { useLabel } from "~/ui/useFormat";
import { columnFields, moved } from "./columns";
import classes from "./ListPage.module.css";

interface Props {
  module: Module;
  chosen: string[];
  /** The module's own columns for none. */
  onChoose: (names: string[]) => void;
}

export function ColumnMenu({ module, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const fields = columnFields(module);
  const shown = chosen.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  const others = fields.filter((field) => !chosen.includes(field.name));
  return (
    <Popover position="bottom-end" width={300} trapFocus>
      <Popover.Target>
        <Tooltip label={t("list.columns")}>
          <ActionIcon variant="default" size={36} aria-label={t("list.columns")} visibleFrom="sm">
            <IconColumns3 size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <Text size="sm" fw={600} px={4} pb={2}>{t("list.columns")}</Text>
        <Text size="xs" c="dimmed" px={4} pb={6}>{t("list.columnsHint")}</Text>
        <ScrollArea.Autosize mah={360} type="auto">
          <Shown module={module} fields={shown} onChoose={onChoose} />
          {others.map((field) => (
            <Choice key={field.name} field={field} checked={false} onChange={() => onChoose([...chosen, field.name])} />
          ))}
        </ScrollArea.Autosize>
        <Button variant="subtle" size="compact-sm" fullWidth mt="xs" onClick={() => onChoose([])}>{t("list.columnsReset")}</Button>
      </Popover.Dropdown>
    </Popover>
  );
}

function Shown({ module, fields, onChoose }: { module: Module; fields: Field[]; onChoose: (names: string[]) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [dragged, setDragged] = useState(-1);
  const names = fields.map((field) => field.name);
  const move = (from: number, to: number): void => {
    // The title stays the first.
    if (from > 0 && to > 0) onChoose(moved(names, from, to));
  };
  const onKey = (event: KeyboardEvent, index: number): void => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    move(index, event.key === "ArrowUp" ? index - 1 : index + 1);
  };
  return (
    <ol className={classes.columns}>
      {fields.map((field, index) => (
        <li
          key={field.name}
          draggable={index > 0}
          data-dragged={index === dragged || undefined}
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = "move";
            setDragged(index);
          }}
          onDragOver={(event) => event.preventDefault()}
          onDragEnter={() => {
            if (dragged < 1 || index < 1 || dragged === index) return;
            move(dragged, index);
            setDragged(index);
          }}
          onDragEnd={() => setDragged(-1)}
          onKeyDown={(event) => onKey(event, index)}
        >
          <IconGripVertical size={14} aria-hidden opacity={index ? 0.6 : 0} />
          <Choice field={field} checked disabled={field.name === module.title_field} onChange={() => onChoose(names.filter((name) => name !== field.name))} />
          {index > 0 && (
            <Group gap={0} wrap="nowrap" ml="auto">
              <ActionIcon variant="subtle" color="gray" size="sm" disabled={index === 1} aria-label={t("list.columnUp", { what: label(field.label) })} onClick={() => move(index, index - 1)}><IconArrowUp size={14} /></ActionIcon>
              <ActionIcon variant="subtle" color="gray" size="sm" disabled={index === fields.length - 1} aria-label={t("list.columnDown", { what: label(field.label) })} onClick={() => move(index, index + 1)}><IconArrowDown size={14} /></ActionIcon>
            </Group>
          )}
        </li>
      ))}
    </ol>
  );
}

function Choice({ field, checked, disabled, onChange }: { field: Field; checked: boolean; disabled?: boolean; onChange: () => void }) {
  const label = useLabel();
  return <Checkbox size="sm" py={4} pl={checked ? 0 : 18} label={label(field.label)} checked={checked} disabled={disabled} onChange={onChange} />;
}
