/** What a list shows now: its view, with what the address says otherwise, and the way to change either. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Module } from "~/api/types";
import { DEFAULT_LIST, differences, LISTED, type Listing, type ListSearch } from "./search";
import { useViews, type ListSettings, type View } from "./views";

export interface Listed {
  search: ListSearch;
  view: View;
  views: View[];
  settings: ListSettings;
  /** Whether the list is otherwise than its view. */
  changed: boolean;
  ready: boolean;
  /** A change of what is listed begins at the first page. */
  change: (changes: Partial<ListSearch>) => void;
  open: (view: string) => void;
}

export function useListing(module: Module): Listed {
  const given = useSearch({ from: "/inside/$module" });
  const navigate = useNavigate({ from: "/$module" });
  const { views, settings, ready } = useViews(module);
  // A link that says what to list means all records, whatever the reader's list begins with.
  const plain = LISTED.some((name) => given[name] !== undefined);
  const wanted = given.view ?? (plain ? "all" : settings.default_view || "all");
  const all = views[0] as View;
  const view = views.find(({ id }) => id === wanted) ?? all;
  const search: ListSearch = { ...DEFAULT_LIST, ...view.listing, ...given, view: view.id };

  const change = (changes: Partial<ListSearch>): void => {
    const next = { ...search, ...changes };
    const kept: Listing = Object.fromEntries(LISTED.map((name) => [name, next[name]])) as unknown as Listing;
    void navigate({
      search: { view: view.id, ...differences(kept, view.listing), ...(next.deleted && { deleted: true }) },
      replace: "q" in changes,
    });
  };

  return {
    search, view, views, settings, change,
    // What is known needs no waiting: only a saved view must be read before its list.
    ready: ready || views.some(({ id }) => id === given.view),
    changed: Object.keys(differences(search, view.listing)).length > 0,
    open: (id) => void navigate({ search: { view: id } }),
  };
}
