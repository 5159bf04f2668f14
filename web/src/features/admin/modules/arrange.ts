/** The order and headings of a module's own fields: what dragging one changes. Pure. */
import type { Rec } from "~/api/types";

export interface Heading {
  /** Empty for fields without a heading, which come first. */
  name: string;
  zh: string;
  en: string;
  fields: Rec[];
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Fields under their headings, both in order; `more` are headings that have no field yet. */
export function headingsOf(fields: Rec[], more: readonly string[] = []): Heading[] {
  const found = new Map<string, Heading>([["", { name: "", zh: "", en: "", fields: [] }]]);
  for (const field of [...fields].sort((one, other) => Number(one.position ?? 0) - Number(other.position ?? 0))) {
    const zh = text(field.section_zh);
    const en = text(field.section_en);
    const name = zh || en;
    const heading = found.get(name) ?? { name, zh, en, fields: [] };
    heading.fields.push(field);
    found.set(name, heading);
  }
  for (const name of more) if (!found.has(name)) found.set(name, { name, zh: name, en: name, fields: [] });
  return [...found.values()];
}

export interface Change {
  record: Rec;
  changes: Record<string, unknown>;
}

/** What is written when a field goes to a place below a heading: its heading, and the positions that differ. */
export function moved(headings: Heading[], id: string, to: string, index: number): Change[] {
  const field = headings.flatMap((heading) => heading.fields).find((one) => one.id === id);
  const target = headings.find((heading) => heading.name === to);
  if (!field || !target) return [];
  const order = headings.flatMap((heading) => {
    const rest = heading.fields.filter((one) => one.id !== id);
    return heading === target ? [...rest.slice(0, index), field, ...rest.slice(index)] : rest;
  });
  return order.flatMap((record, position) => {
    const changes: Record<string, unknown> = {};
    if (Number(record.position ?? 0) !== position + 1) changes.position = position + 1;
    if (record.id === id && (text(record.section_zh) || text(record.section_en)) !== to) {
      changes.section_zh = target.zh;
      changes.section_en = target.en;
    }
    return Object.keys(changes).length ? [{ record, changes }] : [];
  });
}
