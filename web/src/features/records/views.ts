/** The views of a module's list: those that every list has, one's own, and those that are shared. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, get } from "~/api/client";
import type { Module, Rec } from "~/api/types";
import { showError } from "~/ui/errors";
import { listRecords } from "./api";
import { buildFilter, quote } from "./filter";
import { parseFilter } from "./parseFilter";
import { PLAIN, type Listing } from "./search";

const VIEWS = "saved_views";
const MOST = 200;

export interface View {
  id: string;
  name: string;
  listing: Listing;
  /** Of a saved one. */
  record?: Rec;
}

export interface ListSettings {
  module: string;
  default_view?: string;
  columns?: string[];
}

const viewsQuery = (module: string) =>
  queryOptions({
    queryKey: ["records", VIEWS, "of", module],
    queryFn: ({ signal }) => listRecords(VIEWS, { filter: `module = ${quote(module)}`, order: "name", size: MOST }, signal),
  });

const settingsQuery = queryOptions({
  queryKey: ["listSettings"],
  queryFn: async () => (await get<{ list_settings?: ListSettings[] }>("/list_settings")).list_settings ?? [],
  staleTime: 300_000,
});

/** What a record of `saved_views` settles. */
export function listingOf(record: Rec, module: Module): Listing {
  const filter = String(record.filter ?? "");
  const parsed = parseFilter(filter, module.fields);
  return {
    q: parsed?.search ?? "",
    where: parsed?.conditions ?? [],
    raw: parsed ? "" : filter,
    order: String(record.order_by ?? ""),
    columns: (record.columns as string[] | undefined) ?? [],
    layout: record.layout === "board" ? "board" : "table",
    group: String(record.group_by ?? ""),
  };
}

/** A listing as a record of `saved_views` keeps it. */
export function recordOf(listing: Listing, module: Module): Record<string, unknown> {
  return {
    filter: buildFilter(listing.where, listing.q, module.fields, listing.raw),
    order_by: listing.order,
    columns: listing.columns,
    layout: listing.layout,
    group_by: listing.layout === "board" ? listing.group : "",
  };
}

export function useViews(module: Module): { views: View[]; settings: ListSettings; ready: boolean } {
  const { t } = useTranslation();
  const saved = useQuery(viewsQuery(module.name));
  const settings = useQuery(settingsQuery);
  return useMemo(() => {
    const given: View[] = [{ id: "all", name: t("views.all"), listing: PLAIN }];
    if (module.owned) {
      given.push({ id: "mine", name: t("views.mine"), listing: { ...PLAIN, where: [{ f: "owner_id", o: "any", v: ["me()"] }] } });
    }
    if (module.fields.some(({ name, filterable }) => name === "update_time" && filterable)) {
      given.push({ id: "recent", name: t("views.recent"), listing: { ...PLAIN, where: [{ f: "update_time", o: "last", v: ["7"] }], order: "update_time desc" } });
    }
    given.push({ id: "starred", name: t("views.starred"), listing: { ...PLAIN, raw: "starred = true" } });
    const own = (saved.data?.records ?? []).map((record) => ({ id: record.id, name: String(record.name ?? ""), listing: listingOf(record, module), record }));
    const mine = settings.data?.find((one) => one.module === module.name) ?? { module: module.name };
    return { views: [...given, ...own], settings: mine, ready: !saved.isPending && !settings.isPending };
  }, [module, saved.data, saved.isPending, settings.data, settings.isPending, t]);
}

/** Settles some of what the reader has of this module's lists; shown at once, taken back where it is refused. */
export function useSettle(module: Module) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (changes: Partial<ListSettings>) =>
      api<ListSettings>("PATCH", `/list_settings/${module.name}`, { query: { update_mask: Object.keys(changes).join(",") }, body: changes }),
    onMutate: (changes) => {
      const before = client.getQueryData(settingsQuery.queryKey) ?? [];
      const mine = before.find((one) => one.module === module.name) ?? { module: module.name };
      client.setQueryData(settingsQuery.queryKey, [...before.filter((one) => one !== mine), { ...mine, ...changes }]);
      return before;
    },
    onError: (error, _changes, before) => {
      client.setQueryData(settingsQuery.queryKey, before);
      showError(error);
    },
  });
}
