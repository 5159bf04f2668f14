/** What a list shows, as its address says it. */
import { isCondition, type Condition } from "./filter";

export interface ListSearch {
  /** Words to search for. */
  q: string;
  /** Conditions that all hold. */
  where: Condition[];
  /** A filter that is no list of conditions, as it stands. */
  raw: string;
  /** `name desc`; the module's own order when empty. */
  order: string;
  token: string;
  deleted: boolean;
}

export const DEFAULT_LIST: ListSearch = { q: "", where: [], raw: "", order: "", token: "", deleted: false };

/** Partial, so that links need to name only what differs. */
export function parseListSearch(search: Record<string, unknown> & Partial<ListSearch>): Partial<ListSearch> {
  const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
  return {
    q: text(search.q),
    where: Array.isArray(search.where) ? search.where.filter(isCondition) : [],
    raw: text(search.raw),
    order: text(search.order),
    token: text(search.token),
    deleted: search.deleted === true,
  };
}
