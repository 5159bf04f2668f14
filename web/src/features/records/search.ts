/** What a list shows, as its address says it: a view, and what differs from it. */
import { isCondition, type Condition } from "./filter";

export const LAYOUTS = ["table", "board"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** What a view settles. */
export interface Listing {
  /** Words to search for. */
  q: string;
  /** Conditions that all hold. */
  where: Condition[];
  /** A filter that is no list of conditions, as it stands. */
  raw: string;
  /** `name desc`; the module's own order when empty. */
  order: string;
  /** Names of fields; the reader's own columns when empty. */
  columns: string[];
  layout: Layout;
  /** Of a board: the field whose values are its columns. */
  group: string;
}

export interface ListSearch extends Listing {
  /** `all`, `mine`, …, or the id of a saved view. */
  view: string;
  token: string;
  deleted: boolean;
}

export const PLAIN: Listing = { q: "", where: [], raw: "", order: "", columns: [], layout: "table", group: "" };
export const LISTED = Object.keys(PLAIN) as (keyof Listing)[];
export const DEFAULT_LIST: ListSearch = { ...PLAIN, view: "all", token: "", deleted: false };

const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) : undefined;
const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : undefined;

/** Only what the address says: the rest is the view's. */
export function parseListSearch(search: Record<string, unknown> & Partial<ListSearch>): Partial<ListSearch> {
  const found: Partial<ListSearch> = {
    view: text(search.view),
    q: text(search.q),
    where: Array.isArray(search.where) ? search.where.filter(isCondition) : undefined,
    raw: text(search.raw),
    order: text(search.order),
    columns: texts(search.columns),
    layout: LAYOUTS.find((layout) => layout === search.layout),
    group: text(search.group),
    token: text(search.token) || undefined,
    deleted: search.deleted === true || undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What of a listing is otherwise than in its view. */
export function differences(listing: Listing, base: Listing): Partial<Listing> {
  return Object.fromEntries(LISTED.filter((name) => !isSame(listing[name], base[name])).map((name) => [name, listing[name]]));
}
