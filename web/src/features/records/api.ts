/** Records of any module: reading, writing, and the queries that keep them fresh. */
import { keepPreviousData, queryOptions, type QueryClient } from "@tanstack/react-query";
import { api, get, type Query } from "~/api/client";
import type { Field, Module, Page, Rec } from "~/api/types";

export const PAGE_SIZE = 50;

export interface ListQuery {
  filter?: string;
  order?: string;
  token?: string;
  deleted?: boolean;
  size?: number;
}

export async function listRecords(module: string, query: ListQuery, signal?: AbortSignal): Promise<Page> {
  const parameters: Query = {
    page_size: query.size ?? PAGE_SIZE,
    page_token: query.token,
    filter: query.filter,
    order_by: query.order,
    show_deleted: query.deleted || undefined,
  };
  const answer = await get<Record<string, unknown>>(`/${module}`, parameters, signal);
  return {
    records: recordsIn(answer, module),
    nextPageToken: (answer.next_page_token ?? "") as string,
    totalSize: Number(answer.total_size ?? 0),
  };
}

/** The records of an answer; modules that the organization made have one name for theirs. */
export function recordsIn(answer: Record<string, unknown>, module: string): Rec[] {
  return (answer[module] ?? answer.records ?? []) as Rec[];
}

export const listQuery = (module: string, query: ListQuery) =>
  queryOptions({
    queryKey: ["records", module, "list", query],
    queryFn: ({ signal }) => listRecords(module, query, signal),
    placeholderData: keepPreviousData,
  });

export const recordQuery = (module: string, id: string) =>
  queryOptions({
    queryKey: ["records", module, "one", id],
    queryFn: ({ signal }) => get<Rec>(`/${module}/${id}`, { show_deleted: true }, signal),
  });

export const createRecord = (module: string, values: Record<string, unknown>, key: string): Promise<Rec> =>
  api<Rec>("POST", `/${module}`, { body: values, headers: { "Idempotency-Key": key } });

/** Writes what changed. Disjoint edits of others are kept; the same field raises a conflict (ApiError.isConflict). */
export const updateRecord = (module: string, record: Rec, changes: Record<string, unknown>, key: string): Promise<Rec> =>
  api<Rec>("PATCH", `/${module}/${record.id}`, {
    query: { update_mask: maskOf(changes), merge_fields: true },
    body: changes,
    headers: { "If-Match": record.etag ?? "", "Idempotency-Key": key },
  });

/** Paths of a change: custom values are changed one by one. */
export function maskOf(changes: Record<string, unknown>): string {
  return Object.entries(changes)
    .flatMap(([name, value]) =>
      name === "custom" ? Object.keys(value as Record<string, unknown>).map((key) => `custom.${key}`) : [name])
    .join(",");
}

export const deleteRecord = (module: string, record: Rec): Promise<Rec> =>
  api<Rec>("DELETE", `/${module}/${record.id}`, { headers: { "If-Match": record.etag ?? "" } });

export const undeleteRecord = (module: string, id: string): Promise<Rec> =>
  api<Rec>("POST", `/${module}/${id}:undelete`, { body: {} });

/** After a write: lists and this record are read again, wherever they are shown. */
export async function refresh(client: QueryClient, module: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["records", module] }),
    client.invalidateQueries({ queryKey: ["titles", module] }),
  ]);
}

/** The value of a field, custom ones included. */
export function valueOf(record: Rec, field: Pick<Field, "name">): unknown {
  return field.name.startsWith("custom.") ? record.custom?.[field.name.slice(7)] : record[field.name];
}

export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** What a person calls the record. */
export function titleOf(record: Rec, module: Module): string {
  const value = record[module.title_field];
  return typeof value === "string" ? value : "";
}
