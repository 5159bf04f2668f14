/** Duplicates among the records that are there: scans, the groups that they find, and merging many of them. */
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { get, post } from "~/api/client";
import type { Rec } from "~/api/types";

/** Modules that are scanned. */
export const SCANNED = ["accounts", "contacts", "leads"] as const;
export type Scanned = (typeof SCANNED)[number];

export const REASONS = ["domain", "email", "exact_name", "name", "name_and_company", "phone", "similar_name"] as const;

export interface Group {
  id: string;
  module: string;
  score: number;
  reasons?: string[];
  members: Rec[];
}

interface Groups {
  groups: Group[];
  total: number;
  next: string;
}

export interface Job {
  id: string;
  module: string;
  state: "running" | "done" | "cancelled" | "failed" | "undoing" | "undone";
  /** Whole numbers of 64 bits are texts. */
  total?: string | number;
  done?: string | number;
  groups?: string | number;
  merged?: string | number;
  refused?: string | number;
  error?: string;
  create_time: string;
  undo_until?: string;
}

/** `duplicate_scans` or `group_merges`: both are jobs. */
export type Kind = "duplicate_scans" | "group_merges";

export const isUnderWay = ({ state }: Job): boolean => state === "running" || state === "undoing";

export const groupsQuery = (module: string, score: number, token: string) =>
  queryOptions({
    queryKey: ["duplicate_groups", module, score, token],
    queryFn: async ({ signal }): Promise<Groups> => {
      const asked = { module, min_score: score, page_size: 20, page_token: token };
      const answer = await get<{ duplicate_groups?: Group[]; total_size?: number; next_page_token?: string }>("/duplicate_groups", asked, signal);
      return { groups: answer.duplicate_groups ?? [], total: answer.total_size ?? 0, next: answer.next_page_token ?? "" };
    },
  });

const POLL_MS = 700;

/** The newest job of a kind; read again while it is under way. */
export const jobQuery = (kind: Kind, module: string) =>
  queryOptions({
    queryKey: ["cleaning", kind, module],
    queryFn: async ({ signal }) => (await get<Record<string, Job[]>>(`/${kind}`, { module, page_size: 1 }, signal))[kind]?.[0] ?? null,
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? POLL_MS : false),
  });

export const begin = (kind: Kind, wanted: Record<string, unknown>): Promise<Job> =>
  post<Job>(`/${kind}`, wanted, { "Idempotency-Key": crypto.randomUUID() });
export const act = (kind: Kind, id: string, action: "cancel" | "undo"): Promise<Job> => post<Job>(`/${kind}/${id}:${action}`);
export const judge = (id: string, action: "dismiss" | "reopen"): Promise<Group> => post<Group>(`/duplicate_groups/${id}:${action}`);

export const readAgain = (client: QueryClient): Promise<unknown> =>
  Promise.all([client.invalidateQueries({ queryKey: ["cleaning"] }), client.invalidateQueries({ queryKey: ["duplicate_groups"] })]);
