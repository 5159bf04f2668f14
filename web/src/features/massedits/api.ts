/** Mass edits: the same change of many records, in the background, with undo. */
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { get, post } from "~/api/client";
import type { Field, Rec } from "~/api/types";

export interface Target {
  ids?: string[];
  filter?: string;
  everything?: boolean;
}

export interface FieldChange {
  field: string;
  value?: unknown;
  add?: string[];
  remove?: string[];
}

export interface Wanted {
  module: string;
  selection: Target;
  changes: FieldChange[];
  delete?: boolean;
}

export interface MassEdit {
  id: string;
  module: string;
  state: "running" | "done" | "cancelled" | "undoing" | "undone" | "failed";
  changes?: FieldChange[];
  delete?: boolean;
  /** Whole numbers of 64 bits are texts. */
  total?: string | number;
  done?: string | number;
  changed?: string | number;
  unchanged?: string | number;
  refused?: string | number;
  conflicts?: string | number;
  error?: string;
  create_time?: string;
  undo_until?: string;
}

export interface Preview {
  total: number;
  rows?: { before?: Rec; after?: Rec; refusal?: string }[];
}

export interface Refusal {
  record_id: string;
  field?: string;
  message: string;
  undoing?: boolean;
}

/** What a mode of changing writes. */
export type Mode = "set" | "clear" | "add" | "remove";

export const isUnderWay = ({ state }: MassEdit): boolean => state === "running" || state === "undoing";

export const modesOf = (field: Field): Mode[] =>
  field.kind === "references" || field.kind === "choices" ? ["add", "remove", "set", "clear"] : field.required ? ["set"] : ["set", "clear"];

export function changeOf(field: Field, mode: Mode, value: unknown): FieldChange {
  if (mode === "clear") return { field: field.name };
  if (mode === "set") return { field: field.name, value };
  return { field: field.name, [mode]: value as string[] };
}

export const preview = (wanted: Wanted): Promise<Preview> => post<Preview>("/mass_edits:preview", wanted);
export const begin = (wanted: Wanted, key: string): Promise<MassEdit> => post<MassEdit>("/mass_edits", wanted, { "Idempotency-Key": key });
export const act = (id: string, action: "cancel" | "undo"): Promise<MassEdit> => post<MassEdit>(`/mass_edits/${id}:${action}`);

const POLL_MS = 700;

export const massEditQuery = (id: string) =>
  queryOptions({
    queryKey: ["massEdits", "one", id],
    queryFn: ({ signal }) => get<MassEdit>(`/mass_edits/${id}`, undefined, signal),
    refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data) ? false : POLL_MS),
  });

export const massEditsQuery = (module: string) =>
  queryOptions({
    queryKey: ["massEdits", "of", module],
    queryFn: async ({ signal }) => (await get<{ mass_edits?: MassEdit[] }>("/mass_edits", { module, page_size: 20 }, signal)).mass_edits ?? [],
  });

export const refusalsQuery = (job: MassEdit) =>
  queryOptions({
    queryKey: ["massEdits", "refusals", job.id, job.state],
    queryFn: async ({ signal }) => (await get<{ refusals?: Refusal[] }>(`/mass_edits/${job.id}/refusals`, { page_size: 100 }, signal)).refusals ?? [],
  });

export async function keep(client: QueryClient, job: MassEdit): Promise<void> {
  client.setQueryData(massEditQuery(job.id).queryKey, job);
  await client.invalidateQueries({ queryKey: ["massEdits"] });
}
