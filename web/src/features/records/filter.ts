/**
 * Conditions a person builds, and the AIP-160 filter they make: `name = "*acme*" AND stage_id = ("a" OR "b")`.
 * `*` is a wildcard, `field:*` means "has a value".
 */
import type { Field, Kind } from "~/api/types";

export const OPERATORS = [
  "contains", "is", "starts", "any", "none", "from", "to", "between", "last", "next", "yes", "no", "empty", "filled",
] as const;

export type Operator = (typeof OPERATORS)[number];

/** Short names: conditions live in addresses. */
export interface Condition {
  /** Field's name. */
  f: string;
  o: Operator;
  v: string[];
}

const BY_KIND: Partial<Record<Kind, Operator[]>> = {
  boolean: ["yes", "no"],
  choice: ["any", "none", "empty", "filled"],
  choices: ["any", "none", "empty", "filled"],
  language: ["any", "none", "empty", "filled"],
  reference: ["any", "none", "empty", "filled"],
  references: ["any", "none", "empty", "filled"],
  date: ["between", "is", "from", "to", "last", "next", "empty", "filled"],
  time: ["from", "to", "last"],
};
const NUMERIC: Operator[] = ["between", "is", "from", "to", "empty", "filled"];
const TEXTUAL: Operator[] = ["contains", "is", "starts", "empty", "filled"];
const NUMBERS: Kind[] = ["integer", "decimal", "percent", "money"];

/** Operators that a field's kind allows; the first one is the default. */
export function operatorsOf(field: Pick<Field, "kind">): Operator[] {
  return BY_KIND[field.kind] ?? (NUMBERS.includes(field.kind) ? NUMERIC : TEXTUAL);
}

export function isCondition(value: unknown): value is Condition {
  if (typeof value !== "object" || value === null) return false;
  const { f, o, v } = value as Partial<Condition>;
  return typeof f === "string" && OPERATORS.includes(o as Operator)
    && Array.isArray(v) && v.every((one) => typeof one === "string");
}

/** A text as a quoted literal that matches itself: quotes, backslashes and wildcards escaped. */
export function quote(text: string): string {
  return `"${escape(text)}"`;
}

function escape(text: string): string {
  return text.replace(/["\\*]/g, (sign) => `\\${sign}`);
}

/** Whether it says enough to filter by; the builder leaves others out. */
export function isComplete({ o, v }: Condition): boolean {
  switch (o) {
    case "yes": case "no": case "empty": case "filled":
      return true;
    case "between":
      return Boolean(v[0] || v[1]);
    case "last": case "next":
      return /^\d{1,5}$/.test(v[0] ?? "");
    default:
      return v.some((one) => one.trim() !== "");
  }
}

/** Numbers and dates need no quotes; anything else is quoted. */
function bare(text: string): string {
  return /^-?\d+(\.\d+)?$/.test(text) || /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : quote(text);
}

/** `"a"`, or `("a" OR "b")`. A user may stand for whoever asks: `me()`. */
function oneOf(values: string[]): string {
  const written = values.map((value) => (value === "me()" ? value : quote(value)));
  return written.length === 1 ? (written[0] ?? "") : `(${written.join(" OR ")})`;
}

function term({ f, o, v }: Condition, kind: Kind | undefined): string {
  const [first = "", second = ""] = v;
  const number = kind !== undefined && (NUMBERS.includes(kind) || kind === "date" || kind === "time");
  const literal = number ? bare : quote;
  const listed = kind === "choices" || kind === "references";
  switch (o) {
    case "contains": return `${f} = "*${escape(first)}*"`;
    case "starts": return `${f} = "${escape(first)}*"`;
    case "is": return `${f} = ${literal(first)}`;
    case "any": return listed ? `${f}:${oneOf(v)}` : `${f} = ${oneOf(v)}`;
    case "none": return listed ? `NOT ${f}:${oneOf(v)}` : `${f} != ${oneOf(v)}`;
    case "from": return `${f} >= ${literal(first)}`;
    case "to": return `${f} <= ${literal(first)}`;
    case "between":
      return [first && `${f} >= ${literal(first)}`, second && `${f} <= ${literal(second)}`].filter(Boolean).join(" AND ");
    case "last":
      return kind === "time" ? `${f} >= today() - ${first}d` : `${f} >= today() - ${first}d AND ${f} <= today()`;
    case "next": return `${f} >= today() AND ${f} <= today() + ${first}d`;
    case "yes": return `${f} = true`;
    case "no": return `${f} = false`;
    case "empty": return `NOT ${f}:*`;
    case "filled": return `${f}:*`;
  }
}

/** The filter of a list: what is searched for and every complete condition. */
export function buildFilter(conditions: Condition[], search: string, fields: Pick<Field, "name" | "kind">[], raw = ""): string {
  const kinds = new Map(fields.map((field) => [field.name, field.kind]));
  const terms = conditions.filter(isComplete).filter(({ f }) => kinds.has(f)).map((one) => term(one, kinds.get(one.f)));
  const words = search.trim();
  // The server reads search's argument literally: only quotes and backslashes are escaped.
  if (words) terms.unshift(`search(${quote(words)})`);
  if (raw.trim()) terms.push(terms.length ? `(${raw.trim()})` : raw.trim());
  return terms.join(" AND ");
}
