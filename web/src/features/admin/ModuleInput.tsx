import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { inLocale } from "~/app/i18n";
import { useMetadata } from "~/app/metadata";
import type { SpecialInputProps } from "~/features/records/special";

/** The module a custom field belongs to, by its label. */
export function ModuleInput({ field, value, onChange, error }: SpecialInputProps) {
  const { i18n } = useTranslation();
  const metadata = useMetadata();
  if (!onChange) {
    const module = metadata.module(String(value ?? ""));
    return <span>{module ? inLocale(module.plural, i18n.language) : String(value ?? "")}</span>;
  }
  return (
    <Select
      label={inLocale(field.label, i18n.language)}
      withAsterisk={field.required}
      error={error}
      data={metadata.modules.filter((one) => one.custom_fields).map((one) => ({ value: one.name, label: inLocale(one.plural, i18n.language) }))}
      value={typeof value === "string" && value ? value : null}
      onChange={(name) => onChange(name ?? "")}
    />
  );
}
