/** What a person has filled in, what of it changed, and where it meets another's changes. Pure. */
import type { Field, Rec } from "~/api/types";
import { isEmpty, valueOf } from "./api";

/** Values by field name, custom fields as `custom.<key>`. */
export type Draft = Record<string, unknown>;

export function toDraft(record: Rec | undefined, fields: Field[], preset: Record<string, string> = {}): Draft {
  return Object.fromEntries(fields.map((field) => [field.name, record ? valueOf(record, field) : presetOf(field, preset)]));
}

function presetOf(field: Field, preset: Record<string, string>): unknown {
  const given = preset[field.name];
  if (given !== undefined) return field.kind === "references" || field.kind === "choices" ? [given] : given;
  return field.default_value ?? (field.kind === "boolean" ? false : undefined);
}

/** Same for a person: nothing is nothing, whether absent, null, "" or []. */
export function isSame(one: unknown, other: unknown): boolean {
  if (isEmpty(one) && isEmpty(other)) return true;
  return JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));
}

function ordered(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)));
}

/** Kinds whose "none" is an empty text; the others' is null. */
const TEXTS = new Set([
  "text", "long_text", "email", "phone", "url", "choice", "reference", "time_zone", "currency", "language", "color",
]);

function cleared(field: Field): unknown {
  if (field.name.startsWith("custom.")) return null;
  if (field.kind === "choices" || field.kind === "references" || field.kind === "lines" || field.kind === "files" || field.kind === "object") return [];
  return TEXTS.has(field.kind) ? "" : null;
}

/** The body of a write: every value that differs, custom ones below `custom`. */
export function changesOf(before: Draft, after: Draft, fields: Field[]): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  const custom: Record<string, unknown> = {};
  for (const field of fields) {
    const value = after[field.name];
    if (isSame(before[field.name], value)) continue;
    const written = isEmpty(value) ? cleared(field) : typeof value === "string" ? value.trim() : value;
    if (field.name.startsWith("custom.")) custom[field.name.slice(7)] = written;
    else changes[field.name] = written;
  }
  if (Object.keys(custom).length) changes.custom = custom;
  return changes;
}

/** Required fields that are empty. */
export function missing(draft: Draft, fields: Field[]): Field[] {
  return fields.filter((field) => field.required && field.kind !== "boolean" && isEmpty(draft[field.name]));
}

export interface Conflict {
  field: Field;
  mine: unknown;
  theirs: unknown;
}

/** Fields that both changed since `before`, to different values. */
export function conflictsOf(before: Draft, mine: Draft, theirs: Draft, fields: Field[]): Conflict[] {
  return fields
    .filter(({ name }) => !isSame(before[name], mine[name]) && !isSame(before[name], theirs[name]) && !isSame(mine[name], theirs[name]))
    .map((field) => ({ field, mine: mine[field.name], theirs: theirs[field.name] }));
}

/** Mine where I changed something, theirs elsewhere: the draft to go on with after another's change. */
export function rebase(before: Draft, mine: Draft, theirs: Draft): Draft {
  return Object.fromEntries(
    Object.keys(mine).map((name) => [name, isSame(before[name], mine[name]) ? theirs[name] : mine[name]]),
  );
}
