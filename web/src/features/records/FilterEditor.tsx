/** Builds one condition: field, operator, value. */
import { Button, Checkbox, Group, NumberInput, ScrollArea, Select, Stack, TextInput } from "@mantine/core";
import { DateInput } from "~/ui/dates";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module } from "~/api/types";
import { ReferencesInput } from "~/ui/fields/ReferenceInput";
import { useDatePattern, useLabel } from "~/ui/useFormat";
import { isComplete, operatorsOf, type Condition, type Operator } from "./filter";

interface Props {
  module: Module;
  condition?: Condition;
  onDone: (condition: Condition) => void;
}

export function FilterEditor({ module, condition, onDone }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = module.fields.filter((field) => field.filterable && field.kind !== "map" && field.kind !== "lines" && field.kind !== "object");
  const [draft, setDraft] = useState<Condition | null>(condition ?? null);
  const field = fields.find(({ name }) => name === draft?.f);

  const pick = (name: string | null): void => {
    const chosen = fields.find((one) => one.name === name);
    if (chosen) setDraft({ f: chosen.name, o: operatorsOf(chosen)[0] ?? "is", v: [] });
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (draft && isComplete(draft)) onDone(draft);
      }}
    >
      <Stack gap="xs">
        <Select
          aria-label={t("filter.field")}
          placeholder={t("filter.field")}
          data={fields.map((one) => ({ value: one.name, label: label(one.label) }))}
          value={draft?.f ?? null}
          onChange={pick}
          searchable
          data-autofocus={condition ? undefined : true}
          comboboxProps={{ withinPortal: false }}
          nothingFoundMessage={t("field.noMatch")}
        />
        {draft && field && (
          <>
            <Select
              aria-label={t("filter.operator")}
              data={operatorsOf(field).map((one) => ({ value: one, label: t(`filter.op.${one}`) }))}
              value={draft.o}
              allowDeselect={false}
              onChange={(operator) => setDraft({ ...draft, o: operator as Operator, v: compatible(draft, operator as Operator) })}
              comboboxProps={{ withinPortal: false }}
            />
            <Values field={field} condition={draft} onChange={(v) => setDraft({ ...draft, v })} />
          </>
        )}
        <Group justify="flex-end">
          <Button type="submit" size="sm" disabled={!draft || !isComplete(draft)}>{t("filter.apply")}</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Values survive a change of operator where they mean the same. */
function compatible({ o, v }: Condition, next: Operator): string[] {
  const sets: Operator[][] = [["any", "none"], ["contains", "is", "starts"], ["from", "to", "is"], ["last", "next"]];
  return sets.some((set) => set.includes(o) && set.includes(next)) ? v : [];
}

interface ValuesProps {
  field: Field;
  condition: Condition;
  onChange: (values: string[]) => void;
}

function Values({ field, condition, onChange }: ValuesProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const [first = "", second = ""] = condition.v;
  switch (condition.o) {
    case "yes": case "no": case "empty": case "filled":
      return null;
    case "any": case "none":
      return field.kind === "reference" || field.kind === "references"
        ? <ReferenceValues field={field} values={condition.v} onChange={onChange} />
        : (
          <Checkbox.Group aria-label={t("filter.value")} value={condition.v} onChange={onChange}>
            <ScrollArea.Autosize mah={240} type="auto" offsetScrollbars>
              <Stack gap={8} py={4}>
                {field.choices.map((choice) => <Checkbox key={choice.value} value={choice.value} label={label(choice.label)} />)}
              </Stack>
            </ScrollArea.Autosize>
          </Checkbox.Group>
        );
    case "last": case "next":
      return <NumberInput aria-label={t("filter.days")} suffix={` ${t("filter.days")}`} min={1} max={9999} value={first} onChange={(days) => onChange([String(days)])} />;
    case "between":
      return (
        <Group grow gap="xs">
          <One field={field} name={t("filter.op.from")} value={first} onChange={(value) => onChange([value, second])} />
          <One field={field} name={t("filter.op.to")} value={second} onChange={(value) => onChange([first, value])} />
        </Group>
      );
    default:
      return <One field={field} name={t("filter.value")} value={first} onChange={(value) => onChange([value])} />;
  }
}

function One({ field, name, value, onChange }: { field: Field; name: string; value: string; onChange: (value: string) => void }) {
  const pattern = useDatePattern();
  switch (field.kind) {
    case "date": case "time":
      return <DateInput aria-label={name} placeholder={pattern} valueFormat={pattern} value={value || null} onChange={(day) => onChange(day ?? "")} clearable popoverProps={{ withinPortal: false }} />;
    case "integer": case "decimal": case "percent": case "money":
      return <NumberInput aria-label={name} hideControls value={value} onChange={(number) => onChange(String(number))} />;
    default:
      return <TextInput aria-label={name} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}

/** Users may also stand for "me", whoever looks. */
function ReferenceValues({ field, values, onChange }: { field: Field; values: string[]; onChange: (values: string[]) => void }) {
  const { t } = useTranslation();
  const ids = values.filter((value) => value !== "me()");
  const me = values.includes("me()");
  return (
    <>
      {field.reference === "identity.User" && (
        <Checkbox label={t("filter.me")} checked={me} onChange={(event) => onChange(event.currentTarget.checked ? ["me()", ...ids] : ids)} />
      )}
      <ReferencesInput aria-label={t("filter.value")} inPlace type={field.reference} value={ids} onChange={(next) => onChange(me ? ["me()", ...next] : next)} />
    </>
  );
}
