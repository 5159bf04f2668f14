/** The table that says which column fills which field. Pure. */
import type { Field, Module } from "~/api/types";
import type { Metadata } from "~/app/metadata";
import type { Column, Import, Mapping } from "./api";

/** Fields a file can fill. */
export function targets(module: Module): Field[] {
  const hidden = new Set(["id", "etag", "create_time", "update_time", "delete_time", "created_by", "custom", "external_ids"]);
  return module.fields.filter(
    (field) => !hidden.has(field.name) && !field.output_only && !field.input_only && !field.read_only && field.kind !== "object" && field.kind !== "lines" && field.kind !== "map",
  );
}

/** A column that fills nothing. */
export function unmapped(column: Column): Mapping {
  return { column: column.index, field: "", constant: "", factor: "", create_missing: false };
}

/** What a column fills: a manager's name may name the team, too. */
export function mappingsOf(mappings: Mapping[], column: Column): Mapping[] {
  return mappings.filter((one) => one.column === column.index && one.field);
}

/** The mappings with one changed; a field is filled by one column only, the latest chosen. */
export function withMapping(mappings: Mapping[], before: Mapping, changed: Mapping): Mapping[] {
  const others = mappings.filter(
    (one) => one.field && one.field !== changed.field && !(one.column === before.column && one.field === before.field),
  );
  return (changed.field ? [...others, changed] : others).sort((one, other) => one.column - other.column);
}

/** Made by name for every service's imports, by the service that owns them. */
const BY_NAME = "identity.Tag";

/**
 * The module whose missing records an import makes for a field: one of the same service or one whose owner makes them
 * by name, which the caller may add to and which needs no more than a name.
 */
export function creatable(module: Module, field: Field | undefined, metadata: Metadata): Module | undefined {
  const target = field?.reference ? metadata.ofType(field.reference) : undefined;
  if (!target?.importable || !target.operations.includes("create")) return undefined;
  const reached = target.service === module.service || target.type === BY_NAME;
  const asks = target.fields.some(({ required, name }) => required && name !== target.title_field);
  return reached && !asks ? target : undefined;
}

/** Required fields that nothing fills. */
export function unfilled(module: Module, mappings: Mapping[]): Field[] {
  const filled = new Set(mappings.map((one) => one.field));
  return targets(module).filter((field) => field.required && !filled.has(field.name));
}

/** Fields that rows can be told apart by: mapped keys of the module, and mapped external ids. */
export function possibleKeys(module: Module, mappings: Mapping[]): string[] {
  const mapped = mappings.map((one) => one.field).filter(Boolean);
  const external = mapped.filter((name) => name.startsWith("external_ids."));
  return [...external, ...module.keys.filter((name) => mapped.includes(name))];
}

export function delimiterName(delimiter: string): "comma" | "semicolon" | "tab" | "pipe" | "other" {
  const names = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" } as const;
  return names[delimiter as keyof typeof names] ?? "other";
}

/** Share of the step under way, 0–100; null while the number of rows is not known. */
export function percentDone(job: Import): number | null {
  return job.total > 0 ? Math.min(100, (100 * job.done) / job.total) : null;
}
