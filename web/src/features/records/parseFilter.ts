/** Filters as this client writes them, back into the conditions they were made from. Pure. */
import type { Field } from "~/api/types";
import { buildFilter, operatorsOf, type Condition } from "./filter";

type Named = Pick<Field, "name" | "kind">;

export interface Parsed {
  conditions: Condition[];
  search: string;
}

const LITERAL = /^"((?:[^"\\]|\\.)*)"$/;
const TERM = /^(NOT )?([\w.]+)(:| = | != | >= | <= )([^]+)$/;

/** Null for a filter that was written otherwise: it is kept as it stands. */
export function parseFilter(text: string, fields: Named[]): Parsed | null {
  const kinds = new Map(fields.map((field) => [field.name, field]));
  const found: Parsed = { conditions: [], search: "" };
  for (const part of parts(text.trim())) {
    const words = /^search\(("[^]*")\)$/.exec(part);
    if (words) {
      found.search = unquoted(words[1] ?? "") ?? "";
      continue;
    }
    const condition = conditionOf(part, kinds);
    if (!condition) return null;
    const last = found.conditions.at(-1);
    const joined = last && together(last, condition);
    if (joined) found.conditions[found.conditions.length - 1] = joined;
    else found.conditions.push(condition);
  }
  // What is read must be what was written.
  return buildFilter(found.conditions, found.search, fields) === text.trim() ? found : null;
}

/** The terms between ANDs that stand neither in quotes nor in parentheses. */
function parts(text: string): string[] {
  const found: string[] = [];
  let start = 0, depth = 0, quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (quoted && sign === "\\") at++;
    else if (sign === '"') quoted = !quoted;
    else if (!quoted && sign === "(") depth++;
    else if (!quoted && sign === ")") depth--;
    else if (!quoted && depth === 0 && text.startsWith(" AND ", at)) {
      found.push(text.slice(start, at));
      start = at + 5;
      at += 4;
    }
  }
  return [...found, text.slice(start)].filter(Boolean);
}

function conditionOf(part: string, fields: Map<string, Named>): Condition | null {
  const [, not, f = "", sign = "", rest = ""] = TERM.exec(part) ?? [];
  const field = fields.get(f);
  if (!field) return null;
  const ways = operatorsOf(field);
  if (sign === ":") {
    if (rest === "*") return { f, o: not ? "empty" : "filled", v: [] };
    return several(f, not ? "none" : "any", rest);
  }
  if (not) return null;
  switch (sign) {
    case " != ": return several(f, "none", rest);
    case " >= ": return since(f, rest);
    case " <= ": return until(f, rest);
    default:
      if (rest === "true" || rest === "false") return { f, o: rest === "true" ? "yes" : "no", v: [] };
      return ways.includes("any") ? several(f, "any", rest) : one(f, rest);
  }
}

function since(f: string, rest: string): Condition | null {
  const days = /^today\(\) - (\d+)d$/.exec(rest);
  if (days) return { f, o: "last", v: [days[1] ?? ""] };
  // Joined with the other end: today alone is no literal.
  return { f, o: "from", v: [rest === "today()" ? rest : plain(rest)] };
}

function until(f: string, rest: string): Condition | null {
  const days = /^today\(\) \+ (\d+)d$/.exec(rest);
  return days ? { f, o: "next", v: [days[1] ?? ""] } : { f, o: "to", v: [rest === "today()" ? rest : plain(rest)] };
}

/** Two ends of one span. */
function together(first: Condition, second: Condition): Condition | null {
  if (first.f !== second.f) return null;
  if (first.o === "last" && second.o === "to" && second.v[0] === "today()") return first;
  if (first.o === "from" && first.v[0] === "today()" && second.o === "next") return second;
  if (first.o === "from" && second.o === "to") return { f: first.f, o: "between", v: [first.v[0] ?? "", second.v[0] ?? ""] };
  return null;
}

function several(f: string, o: "any" | "none", rest: string): Condition | null {
  const listed = /^\(([^]*)\)$/.exec(rest);
  const values = (listed ? (listed[1] ?? "").split(" OR ") : [rest]).map((item) => (item === "me()" ? item : unquoted(item)));
  return values.every((value) => value !== null) ? { f, o, v: values } : null;
}

function one(f: string, rest: string): Condition {
  const inside = LITERAL.exec(rest)?.[1];
  if (inside === undefined) return { f, o: "is", v: [rest] };
  const starred = /(^|[^\\])\*$/.test(inside);
  if (starred && inside.startsWith("*")) return { f, o: "contains", v: [unescaped(inside.slice(1, -1))] };
  return starred ? { f, o: "starts", v: [unescaped(inside.slice(0, -1))] } : { f, o: "is", v: [unescaped(inside)] };
}

const plain = (text: string): string => unquoted(text) ?? text;

function unquoted(text: string): string | null {
  const inside = LITERAL.exec(text)?.[1];
  return inside === undefined ? null : unescaped(inside);
}

const unescaped = (text: string): string => text.replace(/\\(.)/g, "$1");
