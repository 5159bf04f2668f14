/** Which records of a list are chosen: some of them, page by page, or all that match. */
import { useState } from "react";
import type { Rec } from "~/api/types";

export interface Selection {
  ids: ReadonlySet<string>;
  /** All that match, those of other pages among them. */
  all: boolean;
  count: number;
  has: (id: string) => boolean;
  toggle: (id: string) => void;
  /** All of the page, or none where all of it was chosen. */
  togglePage: (records: Rec[]) => void;
  pageState: (records: Rec[]) => "none" | "some" | "all";
  chooseAll: () => void;
  clear: () => void;
}

interface Chosen {
  of: string;
  ids: ReadonlySet<string>;
  all: boolean;
}

/** What is chosen lasts while `of`, what is listed, stays the same. */
export function useSelection(of: string, total: number): Selection {
  const [state, setState] = useState<Chosen>({ of, ids: new Set(), all: false });
  const chosen: Chosen = state.of === of ? state : { of, ids: new Set(), all: false };
  const set = (ids: Iterable<string>, all = false): void => setState({ of, ids: new Set(ids), all });
  const has = (id: string): boolean => chosen.all || chosen.ids.has(id);
  const pageState = (records: Rec[]): "none" | "some" | "all" => {
    const here = records.filter(({ id }) => has(id)).length;
    return here === 0 ? "none" : here === records.length ? "all" : "some";
  };
  return {
    ids: chosen.ids,
    all: chosen.all,
    count: chosen.all ? total : chosen.ids.size,
    has,
    pageState,
    toggle: (id) => {
      if (chosen.all) return set([]);
      set(chosen.ids.has(id) ? [...chosen.ids].filter((one) => one !== id) : [...chosen.ids, id]);
    },
    togglePage: (records) => {
      const page = records.map(({ id }) => id);
      if (pageState(records) === "all") set(chosen.all ? [] : [...chosen.ids].filter((id) => !page.includes(id)));
      else set([...chosen.ids, ...page]);
    },
    chooseAll: () => set([], true),
    clear: () => set([]),
  };
}
