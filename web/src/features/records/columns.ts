/** Which columns a list shows: its view's, else the reader's own, else the metadata's choice. */
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

/** The fields of the first choice that names any. The title is always the first column: it is the way to the record. */
export function columnsOf(module: Module, ...choices: (readonly string[] | undefined)[]): Field[] {
  const names = choices.find((choice) => choice?.length) ?? defaultColumns(module);
  const fields = columnFields(module);
  const ordered = [module.title_field, ...names.filter((name) => name !== module.title_field)];
  return ordered.flatMap((name) => fields.find((field) => field.name === name) ?? []);
}

/** The names with one moved to another place. */
export function moved(names: string[], from: number, to: number): string[] {
  const [name] = names.slice(from, from + 1);
  if (name === undefined || to < 0 || to >= names.length) return names;
  const rest = names.filter((_, index) => index !== from);
  return [...rest.slice(0, to), name, ...rest.slice(to)];
}
