/** Scopes of programs, `<module>.<operation>` with `*` for any, as choices with a group for each module. Pure. */
import type { Area, Label, Module } from "~/api/types";
import { OPERATIONS, type Operation } from "./grants";

interface Option {
  value: string;
  label: string;
}

export interface Group {
  group: string;
  items: Option[];
}

export interface Words {
  label: (label: Label) => string;
  operation: (operation: Operation) => string;
  /** Of a module or operation: any. */
  everyModule: string;
  everyOperation: string;
}

const named = (title: string, operation: string): string => `${title}: ${operation}`;

/** Every scope there is for the caller, by module. */
export function scopeGroups(modules: Module[], areas: Area[], words: Words): Group[] {
  const rows = [
    { name: "*", title: words.everyModule, operations: OPERATIONS as readonly string[] },
    ...modules.map(({ name, plural }) => ({ name, title: words.label(plural), operations: OPERATIONS as readonly string[] })),
    ...areas.map(({ name, label, grantable }) => ({ name, title: words.label(label), operations: grantable ?? [] })),
  ];
  return rows.map(({ name, title, operations }) => ({
    group: title,
    items: [
      ...(name === "*" ? [] : [{ value: `${name}.*`, label: named(title, words.everyOperation) }]),
      ...operations.map((one) => ({ value: `${name}.${one}`, label: named(title, words.operation(one as Operation)) })),
    ],
  }));
}

/** What a scope is called; itself where nothing is known of it. */
export function scopeName(groups: Group[], scope: string): string {
  for (const { items } of groups) {
    const found = items.find(({ value }) => value === scope);
    if (found) return found.label;
  }
  return scope;
}
