/** What is to become of which fields. */
import { ActionIcon, Button, Group, Select, Stack } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Field, Module } from "~/api/types";
import { editableFields } from "~/app/metadata";
import { isEmpty } from "~/features/records/api";
import { specialInput } from "~/features/records/special";
import { FieldInput } from "~/ui/fields/FieldInput";
import { useLabel } from "~/ui/useFormat";
import { modesOf, type Mode } from "./api";

export interface Row {
  field: Field | undefined;
  mode: Mode;
  value: unknown;
}

/** Fields that many records can be given at once. */
function fieldsOf(module: Module): Field[] {
  const mayAssign = module.operations.includes("assign");
  return editableFields(module, false).filter((field) =>
    field.kind !== "lines" && !field.input_only && !specialInput(module, field) && (field.name !== "owner_id" || mayAssign));
}

export function emptyRow(module: Module, name?: string, mode?: Mode): Row {
  const field = fieldsOf(module).find((one) => one.name === name);
  return { field, mode: mode ?? "set", value: field ? begun(field) : undefined };
}

const begun = (field: Field): unknown => (field.kind === "boolean" ? false : field.kind === "references" || field.kind === "choices" ? [] : undefined);

export const isFilled = ({ field, mode, value }: Row): boolean => field !== undefined && (mode === "clear" || !isEmpty(value));

export function Changes({ module, rows, onChange }: { module: Module; rows: Row[]; onChange: (rows: Row[]) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = fieldsOf(module);
  const put = (index: number, row: Row): void => onChange(rows.map((one, at) => (at === index ? row : one)));
  return (
    <Stack gap="sm">
      {rows.map((row, index) => (
        <Group key={index} align="flex-start" gap="xs">
          <Select
            aria-label={t("filter.field")}
            placeholder={t("filter.field")}
            data={fields.filter((one) => one === row.field || !rows.some(({ field }) => field === one)).map((one) => ({ value: one.name, label: label(one.label) }))}
            value={row.field?.name ?? null}
            onChange={(name) => {
              const field = fields.find((one) => one.name === name);
              put(index, { field, mode: field ? (modesOf(field)[0] ?? "set") : "set", value: field && begun(field) });
            }}
            searchable
            allowDeselect={false}
            nothingFoundMessage={t("field.noMatch")}
            flex="1 1 160px"
          />
          {row.field && (
            <Select
              aria-label={t("mass.mode")}
              data={modesOf(row.field).map((mode) => ({ value: mode, label: t(`mass.modes.${mode}`) }))}
              value={row.mode}
              onChange={(mode) => put(index, { ...row, mode: (mode ?? "set") as Mode })}
              allowDeselect={false}
              w={120}
            />
          )}
          {row.field && row.mode !== "clear" && (
            <div style={{ flex: "2 1 200px" }}>
              <FieldInput field={row.field} bare value={row.value} onChange={(value) => put(index, { ...row, value })} />
            </div>
          )}
          {rows.length > 1 && (
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("mass.removeField")} onClick={() => onChange(rows.filter((_, at) => at !== index))}><IconTrash size={16} /></ActionIcon>
          )}
        </Group>
      ))}
      <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} style={{ alignSelf: "flex-start" }} onClick={() => onChange([...rows, emptyRow(module)])}>
        {t("mass.addField")}
      </Button>
    </Stack>
  );
}
