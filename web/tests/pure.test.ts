import { describe, expect, it } from "vitest";
import { isWild, scopeOf, withScope } from "../src/features/admin/grants";
import { toTree } from "../src/features/admin/tree";
import type { Import, Mapping } from "../src/features/imports/api";
import { cell, toCsv } from "../src/features/imports/badRows";
import { withMapping } from "../src/features/imports/mapping";
import { moved } from "../src/features/records/columns";
import { differences, parseListSearch, PLAIN } from "../src/features/records/search";
import { presetsOf, rangeOf } from "../src/features/reports/search";
import { dayIn } from "../src/ui/format";
import { suggestedCurrency } from "../src/ui/regional";

describe("time ranges", () => {
  it("are whole months, quarters and years seen from a day", () => {
    expect(rangeOf("lastQuarter", "2026-02-10")).toEqual({ from: "2025-10-01", to: "2025-12-31" });
    expect(rangeOf("month", "2024-02-29")).toEqual({ from: "2024-02-01", to: "2024-02-29" });
    expect(rangeOf("lastYear", "2026-02-10")).toEqual({ from: "2025-01-01", to: "2025-12-31" });
    expect(rangeOf("all", "2026-02-10")).toEqual({});
    expect(rangeOf("fiscalYear", "2026-03-31", {}, 4)).toEqual({ from: "2025-04-01", to: "2026-03-31" });
    expect(rangeOf("fiscalYear", "2026-04-01", {}, 4)).toEqual({ from: "2026-04-01", to: "2027-03-31" });
    expect(rangeOf("lastFiscalYear", "2024-02-29", {}, 3)).toEqual({ from: "2022-03-01", to: "2023-02-28" });
    expect(presetsOf(1)).not.toContain("fiscalYear");
    expect(presetsOf(7)).toContain("fiscalYear");
  });

  it("begin with the organization's today", () => {
    expect(dayIn("Asia/Shanghai", new Date("2026-11-21T17:00:00Z"))).toBe("2026-11-22");
  });
});

describe("exported cells", () => {
  it("are never formulas", () => {
    expect(cell("=1+1")).toBe("'=1+1");
    expect(cell("@SUM(A1)")).toBe("'@SUM(A1)");
    expect(cell("-12.5")).toBe("-12.5");
    expect(cell("-cmd")).toBe("'-cmd");
  });

  it("are quoted where they hold separators", () => {
    expect(cell('a,"b"\n')).toBe('"a,""b""\n"');
  });

  it("stand below the file's own headers", () => {
    const job = { columns: [{ index: 0, header: "product", samples: [] }], mappings: [{ column: 0, field: "product_id" }] } as unknown as Import;
    const row = { number: 3, values: { product_id: "GTXPro" }, issues: [{ message: "unknown" }] } as never;
    expect(toCsv(job, [row], "Problem")).toBe("\uFEFFproduct,Problem\r\nGTXPro,unknown");
  });
});

describe("teams", () => {
  const team = (id: string, parent_id = ""): { id: string; name: string; parent_id: string } => ({ id, name: id, parent_id });
  const names = (nodes: ReturnType<typeof toTree>): unknown[] => nodes.map(({ team: { id }, children }) => [id, names(children)]);

  it("form a tree in order of their names", () => {
    expect(names(toTree([team("b", "a"), team("a"), team("c", "a")], (one, other) => one.localeCompare(other)))).toEqual([["a", [["b", []], ["c", []]]]]);
  });

  it("all appear, even when they are below each other", () => {
    const shown = JSON.stringify(names(toTree([team("a", "b"), team("b", "a"), team("c", "gone")], (one, other) => one.localeCompare(other))));
    for (const id of ["a", "b", "c"]) expect(shown).toContain(`"${id}"`);
  });
});

describe("grants", () => {
  const grants = [{ module: "accounts", operation: "view", scope: "own" }, { module: "*", operation: "view", scope: "team" }];

  it("reach as far as the widest of them", () => {
    expect(scopeOf(grants, "accounts", "view")).toBe("team");
    expect(scopeOf(grants, "accounts", "edit")).toBe("");
    expect(isWild(grants, "tickets", "view")).toBe(true);
  });

  it("change one cell at a time", () => {
    expect(withScope(grants, "accounts", "view", "")).toEqual([grants[1]]);
    expect(withScope([], "accounts", "edit", "all")).toEqual([{ module: "accounts", operation: "edit", scope: "all" }]);
  });
});

const mapping = (column: number, field: string): Mapping => ({ column, field, constant: "", factor: "", create_missing: false });

it("fills a field from one column only", () => {
  expect(withMapping([mapping(0, "name")], mapping(1, ""), mapping(1, "name"))).toEqual([mapping(1, "name")]);
});

it("lets a column fill two fields, and changes one of them alone", () => {
  const both = withMapping([mapping(0, "manager_id")], mapping(0, ""), mapping(0, "name"));
  expect(both).toEqual([mapping(0, "manager_id"), mapping(0, "name")]);
  expect(withMapping(both, mapping(0, "manager_id"), mapping(0, ""))).toEqual([mapping(0, "name")]);
});

it("suggests the currency of the place, not of the browser's language", () => {
  expect(suggestedCurrency("en-US", "Asia/Shanghai")).toBe("CNY");
  expect(suggestedCurrency("de", "Europe/Berlin")).toBe("EUR");
});

it("reads a list's address without believing it", () => {
  expect(parseListSearch({ q: 12, where: [{ f: "a", o: "is", v: ["x"] }, "junk"], deleted: "yes", layout: "cloud", columns: ["a", 1] } as never)).toEqual({
    q: "12", where: [{ f: "a", o: "is", v: ["x"] }], columns: ["a"],
  });
});

it("keeps in an address what differs from the view", () => {
  const base = { ...PLAIN, where: [{ f: "a", o: "yes" as const, v: [] }], order: "name" };
  expect(differences({ ...base }, base)).toEqual({});
  expect(differences({ ...base, where: [], q: "x" }, base)).toEqual({ where: [], q: "x" });
});

it("moves a column to another place and no further than the ends", () => {
  expect(moved(["a", "b", "c"], 2, 1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b", "c"], 1, 3)).toEqual(["a", "b", "c"]);
});
