/** A role's field rules: what of a module's fields its users do not see, or do not change. Pure. */
import type { Field, Module } from "~/api/types";
import { isSystem } from "~/app/metadata";

export interface FieldRule {
  module: string;
  field: string;
  access: string;
}

export const LEVELS = ["normal", "read_only", "hidden"] as const;
export type Level = (typeof LEVELS)[number];

/** Fields that a rule may be about. */
export function ruledFields(module: Module): Field[] {
  return module.fields.filter((field) => !isSystem(field) && field.kind !== "map");
}

/** Nobody changes what the server sets, and nobody reads what is only written. */
export function levelsOf(field: Field): Level[] {
  return LEVELS.filter((level) => !(level === "read_only" && field.output_only));
}

export function levelOf(rules: FieldRule[], module: string, field: string): Level {
  const own = rules.filter((rule) => rule.module === module && rule.field === field).map(({ access }) => access);
  return own.includes("hidden") ? "hidden" : own.includes("read_only") ? "read_only" : "normal";
}

export function withLevel(rules: FieldRule[], module: string, field: string, level: Level): FieldRule[] {
  const others = rules.filter((rule) => rule.module !== module || rule.field !== field);
  return level === "normal" ? others : [...others, { module, field, access: level }];
}
