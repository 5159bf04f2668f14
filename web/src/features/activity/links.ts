/** How the communication log and tasks are tied to the records they are about. Pure. */
import type { Field, Module, Rec } from "~/api/types";

/** The field by which a module's records refer to one of `home`; undefined where they cannot be about it. */
export function aboutField(module: Module | undefined, home: Module): Field | undefined {
  return module?.fields.find((field) => field.kind === "reference" && field.reference === home.type && field.filterable && !field.output_only);
}

/** What an entry about this record refers to: the record, and what the record itself is about. */
export function aboutOf(module: Module, home: Module, record: Rec): Record<string, string> {
  const found: Record<string, string> = {};
  for (const field of module.fields) {
    const own = record[field.name];
    if (field.kind === "reference" && field.filterable && !field.output_only && field.name !== "owner_id" && typeof own === "string" && own) found[field.name] = own;
  }
  const about = aboutField(module, home);
  return about ? { ...found, [about.name]: record.id } : found;
}
