/** What the page of the audit log shows, as its address says it. Pure. */
import type { Module } from "~/api/types";
import { toInstant } from "~/ui/format";

/** What is no module's, by what the API's filter calls it. */
export const OWN = ["sessions", "passwords", "second_factors", "api_tokens", "access_tokens", "exports"] as const;
export type Own = (typeof OWN)[number];

export const VERBS = [
  "created", "updated", "deleted", "undeleted", "imported", "exported", "refused", "ended", "changed", "reset", "assigned", "invited", "activated",
  "deactivated", "handed_over", "merged", "moved", "secret_created", "secret_deleted", "confirmed", "partly_shipped", "shipped", "completed", "cancelled",
  "became_overdue", "stock_changed",
] as const;
export type Verb = (typeof VERBS)[number];

export interface AuditSearch {
  from?: string;
  to?: string;
  actor?: string;
  verb?: string;
  module?: string;
  record?: string;
  address?: string;
  query?: string;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);
const day = (value: unknown): string | undefined => (typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined);

export function parseAuditSearch(search: Record<string, unknown> & AuditSearch): AuditSearch {
  return {
    from: day(search.from),
    to: day(search.to),
    actor: text(search.actor),
    verb: text(search.verb),
    module: text(search.module),
    record: text(search.record),
    address: text(search.address),
    query: text(search.query),
  };
}

function dayAfter(date: string): string {
  const next = new Date(`${date}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

/** The API's filter: days are the organization's, from their first moment to their last. */
export function filterOf(search: AuditSearch, timeZone: string): Record<string, string> {
  const filter: Record<string, string | undefined> = {
    start_time: search.from && toInstant(`${search.from} 00:00:00`, timeZone),
    end_time: search.to && toInstant(`${dayAfter(search.to)} 00:00:00`, timeZone),
    actor_id: search.actor,
    verb: search.verb,
    module: search.module,
    record_id: search.record,
    address: search.address,
    query: search.query,
  };
  return Object.fromEntries(Object.entries(filter).filter((pair): pair is [string, string] => Boolean(pair[1])));
}

/** The module of an entry's resource, among those the reader knows. */
export function moduleOf(modules: Module[], resource: string): Module | undefined {
  return modules.find((module) => module.type === resource);
}

/** `identity.Session` → `sessions`: what a resource without a module is called. */
export function ownOf(resource: string): Own | undefined {
  const name = `${(resource.split(".")[1] ?? "").replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase()}s`;
  return OWN.find((one) => one === name);
}
