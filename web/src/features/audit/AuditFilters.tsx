import { Button, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useState } from "react";
import { useMetadata } from "~/app/metadata";
import { DateInput } from "~/ui/dates";
import { ReferenceInput } from "~/ui/fields/ReferenceInput";
import { useFormat, useLabel } from "~/ui/useFormat";
import { OWN, VERBS, type AuditSearch } from "./search";

interface Props {
  search: AuditSearch;
  onChange: (changed: Partial<AuditSearch>) => void;
}

export function AuditFilters({ search, onChange }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const { modules } = useMetadata();
  const choices = [
    { group: t("audit.log"), items: OWN.map((name) => ({ value: name, label: t(`audit.own.${name}`) })) },
    { group: t("audit.modules"), items: modules.map((module) => ({ value: module.name, label: label(module.plural) })) },
  ];
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" mb="md">
      <Words label={t("audit.query")} value={search.query} onChange={(query) => onChange({ query })} />
      <Day label={t("audit.from")} value={search.from} onChange={(from) => onChange({ from })} />
      <Day label={t("audit.to")} value={search.to} onChange={(to) => onChange({ to })} />
      <ReferenceInput type="identity.User" label={t("audit.actor")} value={search.actor ?? ""} onChange={(actor) => onChange({ actor: actor ? String(actor) : undefined })} />
      <Select
        label={t("audit.verb")}
        data={VERBS.map((verb) => ({ value: verb, label: t(`audit.verbs.${verb}`) }))}
        value={search.verb ?? null}
        onChange={(verb) => onChange({ verb: verb ?? undefined })}
        clearable
        searchable
      />
      <Select label={t("audit.module")} data={choices} value={search.module ?? null} onChange={(module) => onChange({ module: module ?? undefined })} clearable searchable />
      <Words label={t("audit.address")} value={search.address} onChange={(address) => onChange({ address })} />
      <Words label={t("audit.record")} value={search.record} onChange={(record) => onChange({ record })} />
    </SimpleGrid>
  );
}

interface FieldProps {
  label: string;
  value?: string;
  onChange: (value?: string) => void;
}

function Day({ label, value, onChange }: FieldProps) {
  const format = useFormat();
  return <DateInput label={label} value={value ?? null} onChange={(day) => onChange(day ?? undefined)} valueFormat="YYYY-MM-DD" placeholder={format.date("2026-01-31")} clearable />;
}

/** Asked for when it is entered, not letter by letter. */
function Words({ label, value, onChange }: FieldProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value ?? "");
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    setShown(value);
    setTyped(value ?? "");
  }
  const enter = (): void => {
    if (typed.trim() !== (value ?? "")) onChange(typed.trim() || undefined);
  };
  return (
    <TextInput
      label={label}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={enter}
      onKeyDown={(event) => event.key === "Enter" && enter()}
      rightSectionWidth={64}
      rightSection={typed.trim() !== (value ?? "") && <Button size="compact-xs" variant="light" onClick={enter}>{t("audit.find")}</Button>}
    />
  );
}
