/** An input for any field. Values are as the API has them, with "" or null for "none". */
import { Checkbox, MultiSelect, NumberInput, PasswordInput, Select, Textarea, TextInput } from "@mantine/core";
import { DateInput, DateTimePicker } from "~/ui/dates";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "~/api/types";
import { useSession } from "~/app/session";
import { toInstant, toWallClock } from "~/ui/format";
import { currencyOptions, timeZoneOptions } from "~/ui/regional";
import { useDatePattern, useLabel } from "~/ui/useFormat";
import { FilesInput } from "./FilesInput";
import { LinesInput } from "./LinesInput";
import { MoneyInput } from "./MoneyInput";
import { ReferenceInput, ReferencesInput } from "./ReferenceInput";

export interface InputProps {
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string;
  /** Without a visible label, which then names it to screen readers. */
  bare?: boolean;
  placeholder?: string;
}

const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

export function FieldInput({ field, value, onChange, error, bare, placeholder }: InputProps) {
  const label = useLabel();
  const pattern = useDatePattern();
  const name = label(field.label);
  const common = {
    ...(bare ? { "aria-label": name } : { label: name }),
    withAsterisk: field.required,
    description: !bare && field.help ? label(field.help) : undefined,
    error,
    name: field.name,
    placeholder,
  };
  const onText = (event: { currentTarget: { value: string } }): void => onChange(event.currentTarget.value);

  switch (field.kind) {
    case "boolean":
      return (
        <Checkbox
          label={name}
          description={common.description}
          error={error}
          name={field.name}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
          mt={bare ? 0 : 28}
        />
      );
    case "long_text":
      return <Textarea {...common} value={text(value)} onChange={onText} autosize minRows={3} maxRows={16} maxLength={field.max_length || undefined} />;
    case "choice":
    case "language":
      return <ChoiceInput {...common} field={field} value={value} onChange={onChange} />;
    case "choices":
      return (
        <MultiSelect
          {...common}
          data={field.choices.map((choice) => ({ value: choice.value, label: label(choice.label) }))}
          value={(value as string[] | null) ?? []}
          onChange={onChange}
          searchable
          clearable
        />
      );
    case "reference":
      return <ReferenceInput {...common} type={field.reference} value={text(value)} onChange={onChange} />;
    case "references":
      return <ReferencesInput {...common} creating type={field.reference} value={(value as string[] | null) ?? []} onChange={onChange} />;
    case "lines":
      return <LinesInput field={field} value={value} onChange={onChange} error={error} />;
    case "files":
      return <FilesInput module={field.module ?? ""} label={name} value={(value as string[] | null) ?? []} onChange={onChange} error={error} />;
    case "money":
      return <MoneyInput {...common} value={value} onChange={onChange} />;
    case "integer":
    case "percent":
      return (
        <NumberInput
          {...common}
          value={(value as number | string | null) ?? ""}
          onChange={(entered) => onChange(entered === "" ? null : entered)}
          allowDecimal={field.kind === "percent" && field.name.startsWith("custom.")}
          suffix={field.kind === "percent" ? "%" : undefined}
          hideControls
        />
      );
    case "decimal":
      return (
        <NumberInput
          {...common}
          value={text(value)}
          onChange={(entered) => onChange(entered === "" ? null : String(entered))}
          hideControls
        />
      );
    case "date":
      return <DateInput {...common} value={text(value) || null} onChange={(day) => onChange(day ?? null)} valueFormat={pattern} clearable placeholder={pattern} />;
    case "time":
      return <TimeInput {...common} value={value} onChange={onChange} />;
    case "time_zone":
    case "currency":
      return <RegionalInput {...common} kind={field.kind} value={text(value)} onChange={onChange} />;
    case "email":
      return <TextInput {...common} type="email" inputMode="email" value={text(value)} onChange={onText} maxLength={field.max_length || undefined} />;
    case "phone":
      return <TextInput {...common} type="tel" inputMode="tel" value={text(value)} onChange={onText} maxLength={field.max_length || undefined} />;
    case "url":
      return <TextInput {...common} inputMode="url" value={text(value)} onChange={onText} maxLength={field.max_length || undefined} />;
    default:
      return field.input_only
        ? <PasswordInput {...common} autoComplete="new-password" value={text(value)} onChange={onText} />
        : <TextInput {...common} value={text(value)} onChange={onText} maxLength={field.max_length || undefined} />;
  }
}

interface Common {
  label?: string;
  "aria-label"?: string;
  withAsterisk?: boolean;
  description?: string;
  error?: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

function ChoiceInput({ field, value, onChange, ...rest }: Common & { field: Field }) {
  const label = useLabel();
  const { t } = useTranslation();
  return (
    <Select
      {...rest}
      data={field.choices.map((choice) => ({ value: choice.value, label: label(choice.label) }))}
      value={text(value) || null}
      onChange={(chosen) => onChange(chosen ?? "")}
      clearable={!field.required}
      searchable={field.choices.length > 8}
      nothingFoundMessage={t("field.noMatch")}
    />
  );
}

function TimeInput({ value, onChange, ...rest }: Common) {
  const { user } = useSession();
  const pattern = useDatePattern();
  const wall = value ? toWallClock(text(value), user.time_zone) : null;
  return (
    <DateTimePicker
      {...rest}
      value={wall}
      onChange={(chosen) => onChange(chosen ? toInstant(chosen, user.time_zone) : null)}
      valueFormat={`${pattern} HH:mm`}
      clearable
    />
  );
}

function RegionalInput({ kind, value, onChange, ...rest }: Common & { kind: "time_zone" | "currency"; value: string }) {
  const { t, i18n } = useTranslation();
  const data = useMemo(
    () => (kind === "time_zone" ? timeZoneOptions() : currencyOptions(i18n.language)),
    [kind, i18n.language],
  );
  return (
    <Select {...rest} data={data} value={value || null} onChange={(chosen) => onChange(chosen ?? "")} searchable limit={60} allowDeselect={false} nothingFoundMessage={t("field.noMatch")} />
  );
}
