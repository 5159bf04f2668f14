import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { inLocale } from "~/app/i18n";
import { useMetadata } from "~/app/metadata";
import type { SpecialInputProps } from "~/features/records/special";

/** The module a custom field belongs to, by its label. */
export function ModuleInput(props: SpecialInputProps) {
  return <OneModule {...props} among={(module) => Boolean(module.custom_fields)} named={(module) => module.name} />;
}

/** The module whose records a custom field links to. */
export function TypeInput(props: SpecialInputProps) {
  return <OneModule {...props} among={() => true} named={(module) => module.type} />;
}

interface Props extends SpecialInputProps {
  among: (module: Module) => boolean;
  named: (module: Module) => string;
}

function OneModule({ field, value, onChange, error, among, named }: Props) {
  const { i18n } = useTranslation();
  const { modules } = useMetadata();
  const label = (module: Module): string => inLocale(module.plural, i18n.language);
  if (!onChange) {
    const module = modules.find((one) => named(one) === value);
    return <span>{module ? label(module) : String(value ?? "")}</span>;
  }
  return (
    <Select
      label={inLocale(field.label, i18n.language)}
      withAsterisk={field.required}
      error={error}
      data={modules.filter(among).map((one) => ({ value: named(one), label: label(one) }))}
      value={typeof value === "string" && value ? value : null}
      onChange={(name) => onChange(name ?? "")}
    />
  );
}
