/** Merging: several records that are one become one, with everything that refers to them; undone within 30 days. */
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { get, post } from "~/api/client";
import type { Field, Module, Rec } from "~/api/types";
import { editableFields } from "~/app/metadata";
import { isEmpty, refresh, valueOf } from "~/features/records/api";

export const MOST = 10;

export interface Merge {
  id: string;
  module: string;
  survivor_id: string;
  merged_ids: string[];
  state: "running" | "done" | "undoing" | "undone";
  /** Whole numbers of 64 bits are texts. */
  moved?: { module: string; count: string | number }[];
  conflicts?: { module?: string; record_id: string; message: string }[];
  create_time: string;
  undo_until?: string;
}

export interface References {
  record_id: string;
  module: string;
  count: number;
}

/** Field → id of the record whose value is taken. */
export type Choices = Record<string, string>;

const UNITED = new Set(["references", "choices", "files", "lines"]);

export const mayMerge = (module: Module): boolean =>
  module.mergeable && ["merge", "edit", "delete"].every((operation) => module.operations.includes(operation));

export const isUnderWay = ({ state }: Merge): boolean => state === "running" || state === "undoing";

/** Fields of which only one record's value can stay, and which the records do not agree about. */
export function differing(module: Module, records: Rec[]): Field[] {
  return editableFields(module, false).filter((field) =>
    !UNITED.has(field.kind) && !field.input_only && (field.name !== "owner_id" || module.operations.includes("assign"))
    && new Set(records.map((record) => valueOf(record, field)).filter((value) => !isEmpty(value)).map((value) => JSON.stringify(value))).size > 1);
}

/** Who stays unless somebody chooses: the one with the most in it, of several such the oldest. */
export function fullest(module: Module, records: Rec[]): string {
  const filled = (record: Rec): number => module.fields.filter((field) => !isEmpty(valueOf(record, field))).length;
  const order = [...records].sort((one, other) => filled(other) - filled(one) || (one.create_time ?? "").localeCompare(other.create_time ?? ""));
  return order[0]?.id ?? "";
}

/** Whose value stays: the chosen one's, else the survivor's, else that of the first who has any. */
export function holder(records: Rec[], survivor: string, choices: Choices, field: Field): string {
  const holds = (id: string): boolean => !isEmpty(valueOf(records.find((record) => record.id === id) ?? { id }, field));
  return choices[field.name] ?? (holds(survivor) ? survivor : records.find(({ id }) => holds(id))?.id ?? survivor);
}

export const recordsQuery = (module: string, ids: string[]) =>
  queryOptions({
    queryKey: ["records", module, "several", ids],
    queryFn: async ({ signal }) => (await get<Record<string, Rec[]>>(`/${module}:batchGet`, { ids }, signal))[module] ?? [],
    staleTime: 0,
  });

export const referencesQuery = (module: string, ids: string[]) =>
  queryOptions({
    queryKey: ["merges", "references", module, ids],
    queryFn: async ({ signal }) =>
      (await get<{ references?: References[] }>("/merges:listReferences", { target_module: module, ids }, signal)).references ?? [],
    staleTime: 0,
  });

const POLL_MS = 700;

export const mergeQuery = (id: string) =>
  queryOptions({
    queryKey: ["merges", "one", id],
    queryFn: ({ signal }) => get<Merge>(`/merges/${id}`, undefined, signal),
    refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data) ? false : POLL_MS),
  });

export const mergesQuery = (module: string, id: string) =>
  queryOptions({
    queryKey: ["merges", "of", module, id],
    queryFn: async ({ signal }) => (await get<{ merges?: Merge[] }>("/merges", { module, record_id: id }, signal)).merges ?? [],
  });

export const merge = (module: string, survivor: string, others: string[], fields: Choices, key: string): Promise<Merge> =>
  post<Merge>("/merges", { module, survivor_id: survivor, merged_ids: others, fields }, { "Idempotency-Key": key });

export const undo = (id: string): Promise<Merge> => post<Merge>(`/merges/${id}:undo`);

/** After a merge or its undoing: everything that may show its records is read again. */
export async function keep(client: QueryClient, made: Merge): Promise<void> {
  client.setQueryData(mergeQuery(made.id).queryKey, made);
  await client.invalidateQueries({ queryKey: ["merges"] });
  await Promise.all([made.module, ...(made.moved ?? []).map(({ module }) => module)].map((module) => refresh(client, module)));
}
