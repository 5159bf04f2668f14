import { Select } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { SpecialInputProps } from "~/features/records/special";
import { useLabel } from "~/ui/useFormat";

/** A month of the year, 1 to 12, by its name. */
export function MonthInput({ field, value, onChange, error }: SpecialInputProps) {
  const { i18n } = useTranslation();
  const label = useLabel();
  const months = useMemo(() => {
    const format = new Intl.DateTimeFormat(i18n.language, { month: "long", timeZone: "UTC" });
    return Array.from({ length: 12 }, (_, at) => ({ value: String(at + 1), label: format.format(Date.UTC(2026, at, 1)) }));
  }, [i18n.language]);
  if (!onChange) return <span>{months[Number(value) - 1]?.label}</span>;
  return (
    <Select
      label={label(field.label)}
      description={field.help && label(field.help)}
      name={field.name}
      error={error}
      data={months}
      value={String(Number(value) || 1)}
      allowDeselect={false}
      onChange={(month) => onChange(Number(month))}
    />
  );
}
