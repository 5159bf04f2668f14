/** Fields of reminders and their rules that stand for a record, or for a field of a module. */
import { Select, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import type { SpecialInputProps } from "~/features/records/special";
import { ReferenceLink } from "~/ui/fields/FieldValue";
import { useLabel } from "~/ui/useFormat";

/** The module's name; a form has no input for it: reminders of a record are set on the record. */
export function ReminderModule({ value, onChange }: SpecialInputProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const module = useMetadata().module(String(value ?? ""));
  if (onChange) return null;
  return module ? <span>{label(module.label)}</span> : <Text span inherit c="dimmed" aria-label={t("field.empty")}>—</Text>;
}

/** The record, as a link. */
export function ReminderRecord({ value, onChange, draft }: SpecialInputProps) {
  const { t } = useTranslation();
  const module = useMetadata().module(String(draft.module ?? ""));
  if (onChange) return null;
  return module && value
    ? <ReferenceLink type={module.type} id={String(value)} />
    : <Text span inherit c="dimmed" aria-label={t("field.empty")}>—</Text>;
}

/** A field of the rule's module that holds a day. */
export function DateField({ field, value, onChange, error, draft }: SpecialInputProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const module = useMetadata().module(String(draft.module ?? ""));
  const days = (module?.fields ?? []).filter((one) => one.kind === "date");
  if (!onChange) {
    const chosen = days.find((one) => one.name === value);
    return <span>{chosen ? label(chosen.label) : String(value ?? "")}</span>;
  }
  return (
    <Select
      label={label(field.label)}
      withAsterisk={field.required}
      error={error}
      data={days.map((one) => ({ value: one.name, label: label(one.label) }))}
      value={days.some((one) => one.name === value) ? String(value) : null}
      onChange={(chosen) => onChange(chosen ?? "")}
      placeholder={module ? undefined : t("reminder.moduleFirst")}
      disabled={!module}
    />
  );
}
