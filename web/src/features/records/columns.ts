/** Which columns a list shows: the metadata's choice, or the user's own, remembered on this device. */
import { useLocalStorage } from "@mantine/hooks";
import { useMemo } from "react";
import type { Field, Module } from "~/api/types";
import { readableFields } from "~/app/metadata";

export function defaultColumns(module: Module): string[] {
  const listed = readableFields(module).filter((field) => field.listed).map((field) => field.name);
  return listed.includes(module.title_field) ? listed : [module.title_field, ...listed];
}

/** Fields a list may show as columns. */
export function columnFields(module: Module): Field[] {
  const times = module.fields.filter((field) => field.name === "create_time" || field.name === "update_time");
  return [...readableFields(module).filter((field) => field.kind !== "long_text"), ...times];
}

export function useColumns(module: Module): { columns: Field[]; chosen: string[]; choose: (names: string[] | null) => void } {
  const [stored, setStored, clear] = useLocalStorage<string[] | null>({
    key: `guanxi.columns.${module.name}`,
    defaultValue: null,
    getInitialValueInEffect: false,
  });
  return useMemo(() => {
    const names = stored?.length ? stored : defaultColumns(module);
    const fields = columnFields(module);
    // The title is always the first column: it is the way to the record.
    const ordered = [module.title_field, ...names.filter((name) => name !== module.title_field)];
    const columns = ordered.flatMap((name) => fields.find((field) => field.name === name) ?? []);
    return { columns, chosen: columns.map((field) => field.name), choose: (next) => (next ? setStored(next) : clear()) };
  }, [module, stored, setStored, clear]);
}
