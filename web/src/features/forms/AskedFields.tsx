import { ActionIcon, Button, Checkbox, Group, Input, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Field } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import type { SpecialInputProps } from "~/features/records/special";
import { useLabel } from "~/ui/useFormat";
import classes from "./forms.module.css";

interface Asked {
  field: string;
  required?: boolean;
  label?: string;
}

/** Kinds that a page without scripts can ask for. The server has the last word. */
const KINDS = new Set(["text", "long_text", "email", "phone", "url", "integer", "decimal", "percent", "date", "choice", "choices", "boolean"]);
const INTERNAL = new Set(["status", "disqualify_reason", "rating", "source", "campaign", "next_contact_date", "account_id"]);

const isAskable = (field: Field): boolean => KINDS.has(field.kind) && !field.output_only && !INTERNAL.has(field.name);

/** What a web form asks for, in order. */
export function AskedFields({ field, value, onChange, error, draft }: SpecialInputProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const target = useMetadata().module(draft.creates === "contact" ? "contacts" : "leads");
  const asked = Array.isArray(value) ? (value as Asked[]) : [];
  const known = new Map((target?.fields ?? []).filter(isAskable).map((one) => [one.name, label(one.label)]));
  if (!onChange) {
    return <>{asked.map((one) => `${one.label || known.get(one.field) || one.field}${one.required ? " *" : ""}`).join(t("access.comma"))}</>;
  }
  const put = (index: number, changes: Partial<Asked>): void =>
    onChange(asked.map((one, at) => (at === index ? { ...one, ...changes } : one)));
  const move = (index: number, by: number): void => {
    const next = [...asked];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index + by, 0, moved);
    onChange(next);
  };
  const free = (index: number) =>
    [...known].filter(([name]) => asked[index]?.field === name || !asked.some((one) => one.field === name)).map(([name, text]) => ({ value: name, label: text }));
  return (
    <Stack gap="xs" role="group" aria-label={label(field.label)}>
      <Input.Label component="div">{label(field.label)}</Input.Label>
      <Text size="sm" c="dimmed">{t("webForm.fieldsHint")}</Text>
      {error && <Text c="red" size="sm" role="alert">{error}</Text>}
      <ul className={classes.asked}>
        {asked.map((one, index) => (
          <li key={index}>
            <Select aria-label={t("webForm.field")} placeholder={t("webForm.field")} data={free(index)} value={one.field || null} onChange={(name) => put(index, { field: name ?? "" })} searchable allowDeselect={false} />
            <TextInput aria-label={t("webForm.label")} placeholder={known.get(one.field) ?? t("webForm.label")} value={one.label ?? ""} onChange={(event) => put(index, { label: event.currentTarget.value })} maxLength={100} />
            <Checkbox label={t("webForm.required")} checked={Boolean(one.required) || one.field === "name"} disabled={one.field === "name"} onChange={(event) => put(index, { required: event.currentTarget.checked })} />
            <Group gap={2} wrap="nowrap">
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("choice.up")} disabled={index === 0} onClick={() => move(index, -1)}><IconArrowUp size={16} /></ActionIcon>
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("choice.down")} disabled={index === asked.length - 1} onClick={() => move(index, 1)}><IconArrowDown size={16} /></ActionIcon>
              <ActionIcon variant="subtle" color="red" size={36} aria-label={t("choice.remove")} onClick={() => onChange(asked.filter((_one, at) => at !== index))}><IconTrash size={16} /></ActionIcon>
            </Group>
          </li>
        ))}
      </ul>
      <Button variant="light" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} style={{ alignSelf: "flex-start" }} onClick={() => onChange([...asked, { field: "" }])}>
        {t("webForm.add")}
      </Button>
    </Stack>
  );
}
