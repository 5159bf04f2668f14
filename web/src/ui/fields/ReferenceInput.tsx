/** Pickers of records of another module: type to search there, see titles. */
import { Loader, MultiSelect, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { createRecord, listRecords, refresh, titleOf } from "~/features/records/api";
import { quote } from "~/features/records/filter";
import { useTitle } from "~/features/records/titles";
import { showError } from "~/ui/errors";

interface Props {
  type: string;
  label?: string;
  "aria-label"?: string;
  withAsterisk?: boolean;
  description?: string;
  error?: string;
  placeholder?: string;
  name?: string;
}

/** `inPlace`: inside a popover, which a click into another layer would close. */
interface SeveralProps extends Props {
  value: string[];
  onChange: (value: string[]) => void;
  inPlace?: boolean;
  /** Offers to make what was typed and is not there, where a name is all it needs. */
  creating?: boolean;
}

interface Item {
  value: string;
  label: string;
}

const OFFERED = 20;
const NEW = "new";

/** Records that match what was typed; the first ones where nothing was. */
function useOffers(type: string, typed: string) {
  const module = useMetadata().ofType(type);
  const [words] = useDebouncedValue(typed.trim(), 200);
  const query = useQuery({
    queryKey: ["records", module?.name, "offers", words],
    queryFn: async ({ signal }): Promise<Item[]> => {
      if (!module) return [];
      const page = await listRecords(module.name, {
        filter: words ? `search(${quote(words)})` : "",
        order: orderOf(module.fields.map(({ name, sortable }) => ({ name, sortable })), module.title_field),
        size: OFFERED,
      }, signal);
      return page.records.map((record) => ({ value: record.id, label: titleOf(record, module) || record.id }));
    },
    enabled: Boolean(module),
  });
  return { items: query.data ?? [], busy: query.isFetching, known: Boolean(module) };
}

/** Stages and pipelines by their position, others by name. */
function orderOf(fields: { name: string; sortable: boolean }[], title: string): string {
  const sortable = new Set(fields.filter((field) => field.sortable).map((field) => field.name));
  return sortable.has("position") ? "position" : sortable.has(title) ? title : "";
}

export function ReferenceInput({ type, value, onChange, ...rest }: Props & { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const title = useTitle(type, value || undefined);
  const shown = title?.text ?? "";
  const [typed, setTyped] = useState("");
  const { items, busy, known } = useOffers(type, typed === shown ? "" : typed);
  const chosen: Item[] = value ? [{ value, label: shown || "…" }] : [];
  const data = [...chosen, ...items.filter((item) => item.value !== value)];
  return (
    <Select
      {...rest}
      data={data}
      value={value || null}
      onChange={(id) => onChange(id ?? "")}
      searchable
      clearable
      disabled={!known}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      nothingFoundMessage={busy ? t("state.loading") : t("field.noMatch")}
      rightSection={busy && typed && typed !== shown ? <Loader size={14} /> : undefined}
      maxDropdownHeight={280}
    />
  );
}

/** Makes a record that has only a name; undefined where that is not enough, or not allowed. */
function useQuickCreate(module: Module | undefined): ((name: string) => Promise<string>) | undefined {
  const client = useQueryClient();
  const asks = module?.fields.some(({ required, name }) => required && name !== module.title_field);
  if (!module?.operations.includes("create") || asks) return undefined;
  return async (name) => {
    const made = await createRecord(module.name, { [module.title_field]: name }, crypto.randomUUID());
    await refresh(client, module.name);
    return made.id;
  };
}

export function ReferencesInput({ type, value, onChange, inPlace, creating, ...rest }: SeveralProps) {
  const { t } = useTranslation();
  const module = useMetadata().ofType(type);
  const [typed, setTyped] = useState("");
  const quick = useQuickCreate(creating ? module : undefined);
  const { items, busy } = useOffers(type, typed);
  const chosen = useQueries({
    queries: value.map((id) => ({
      queryKey: ["records", module?.name, "one", id],
      queryFn: () => get<Rec>(`/${module?.name ?? ""}/${id}`),
      enabled: Boolean(module),
      staleTime: 60_000,
    })),
    combine: (results) =>
      results.map(({ data }, index): Item => ({ value: value[index] ?? "", label: data && module ? titleOf(data, module) : "…" })),
  });
  const data = [...chosen, ...items.filter((item) => !value.includes(item.value))];
  const name = typed.trim();
  const known = data.some((item) => item.label.toLowerCase() === name.toLowerCase());
  if (quick && name && !busy && !known) data.push({ value: NEW, label: t("field.createNamed", { name }) });
  const change = (next: string[]): void => {
    if (!quick || !next.includes(NEW)) return onChange(next);
    quick(name).then((id) => onChange([...value, id]), showError);
  };
  return (
    <MultiSelect
      {...rest}
      data={data}
      value={value}
      onChange={change}
      searchable
      clearable
      disabled={!module}
      searchValue={typed}
      onSearchChange={setTyped}
      filter={({ options }) => options}
      nothingFoundMessage={busy ? t("state.loading") : t("field.noMatch")}
      maxDropdownHeight={inPlace ? 160 : 280}
      comboboxProps={{ withinPortal: !inPlace }}
    />
  );
}
