/** What there is and what the caller may do with it: modules and their fields. */
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "~/api/client";
import type { Area, Field, Label, Module } from "~/api/types";

export class Metadata {
  readonly modules: Module[];
  /** What is granted beside modules of records, such as reports. */
  readonly areas: Area[];
  private readonly byName: Map<string, Module>;
  private readonly byType: Map<string, Module>;

  constructor(modules: Module[], areas: Area[]) {
    this.modules = modules;
    this.areas = areas;
    this.byName = new Map(modules.map((module) => [module.name, module]));
    this.byType = new Map(modules.map((module) => [module.type, module]));
  }

  module(name: string): Module | undefined {
    return this.byName.get(name);
  }

  /** The module whose records a reference of this type names; undefined when the caller may not view it. */
  ofType(type: string): Module | undefined {
    return this.byType.get(type);
  }

  may(module: string, operation: string): boolean {
    const found = this.byName.get(module) ?? this.areas.find((area) => area.name === module);
    return found?.operations?.includes(operation) ?? false;
  }
}

function complete(field: Partial<Field> & Pick<Field, "name">, index: number): Field {
  return {
    required: false, output_only: false, immutable: false, input_only: false, read_only: false, filterable: false,
    sortable: false, searchable: false, listed: false, reference: "", max_length: 0, position: index,
    ...field,
    kind: field.kind ?? "text",
    label: field.label ?? { zh: field.name, en: field.name },
    choices: field.choices ?? [],
    fields: field.fields?.map(complete),
  };
}

/** What names a record comes first, who looks after it comes after what it is; custom fields follow. */
function arranged(fields: Field[], title: string): Field[] {
  const rank = ({ name }: Field): number => (name === title ? 0 : name.startsWith("custom.") ? 3 : name === "owner_id" ? 2 : 1);
  return [...fields].sort((one, other) => rank(one) - rank(other) || one.position - other.position);
}

export const metadataQuery = queryOptions({
  queryKey: ["metadata"],
  queryFn: async () => {
    const answer = await get<{ modules: Module[]; areas?: Area[] }>("/metadata");
    const modules = answer.modules.map((module) => ({
      ...module,
      keys: module.keys ?? [],
      operations: module.operations ?? [],
      fields: arranged((module.fields ?? []).map((field, index) => ({ ...complete(field, index), module: module.name })), module.title_field),
    }));
    return { modules, areas: answer.areas ?? [] };
  },
  staleTime: 60_000,
});

export function useMetadata(): Metadata {
  const { data } = useSuspenseQuery(metadataQuery);
  return useMemo(() => new Metadata(data.modules, data.areas), [data]);
}

/** Kept by the server for every record; never in forms. */
const SYSTEM = new Set(["id", "etag", "create_time", "update_time", "delete_time", "created_by", "custom"]);

export function isSystem(field: Field): boolean {
  return SYSTEM.has(field.name);
}

/** Fields that belong together. */
export interface Section {
  title?: string;
  fields: Field[];
}

/** Fields by the heading under which they are shown, in order; those without one first. */
export function sectionsOf(fields: Field[], named: (label: Label) => string): Section[] {
  const found = new Map<string, Section>([["", { fields: [] }]]);
  for (const field of fields) {
    const title = field.section ? named(field.section) : "";
    const section = found.get(title) ?? { title, fields: [] };
    section.fields.push(field);
    found.set(title, section);
  }
  return [...found.values()].filter((section) => section.fields.length > 0);
}

/** Fields that a person reads: neither bookkeeping nor write-only. */
export function readableFields(module: Module): Field[] {
  return module.fields.filter((field) => !isSystem(field) && !field.input_only && field.kind !== "object" && field.kind !== "map");
}

/** Fields that a person fills in, when creating or later. */
export function editableFields(module: Module, creating: boolean): Field[] {
  return module.fields.filter(
    (field) => !isSystem(field) && !field.output_only && !field.read_only && (creating || !field.immutable)
      && field.kind !== "object" && field.kind !== "map",
  );
}
