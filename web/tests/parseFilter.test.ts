import { describe, expect, it } from "vitest";
import { buildFilter, type Condition } from "../src/features/records/filter";
import { parseFilter } from "../src/features/records/parseFilter";

const FIELDS = [
  { name: "name", kind: "text" }, { name: "amount", kind: "money" }, { name: "close_date", kind: "date" },
  { name: "create_time", kind: "time" }, { name: "industry", kind: "choice" }, { name: "owner_id", kind: "reference" },
  { name: "active", kind: "boolean" }, { name: "tag_ids", kind: "references" }, { name: "custom.size", kind: "choices" },
] as const;

const CONDITIONS: Condition[] = [
  { f: "name", o: "contains", v: ['a" AND (b \\ *'] },
  { f: "name", o: "starts", v: ["上海"] },
  { f: "name", o: "is", v: ["x OR y"] },
  { f: "amount", o: "between", v: ["1000", "2000.5"] },
  { f: "amount", o: "from", v: ["1"] },
  { f: "close_date", o: "to", v: ["2026-11-22"] },
  { f: "close_date", o: "last", v: ["7"] },
  { f: "create_time", o: "last", v: ["30"] },
  { f: "close_date", o: "next", v: ["7"] },
  { f: "industry", o: "any", v: ["medical", "retail"] },
  { f: "industry", o: "none", v: ["medical"] },
  { f: "owner_id", o: "any", v: ["me()"] },
  { f: "active", o: "no", v: [] },
  { f: "tag_ids", o: "any", v: ["a", "b"] },
  { f: "tag_ids", o: "none", v: ["a"] },
  { f: "custom.size", o: "filled", v: [] },
  { f: "name", o: "empty", v: [] },
];

describe("parseFilter", () => {
  it("reads every condition as it was built", () => {
    for (const condition of CONDITIONS) {
      expect(parseFilter(buildFilter([condition], "", [...FIELDS]), [...FIELDS])).toEqual({ conditions: [condition], search: "" });
    }
  });

  it("reads all of them together, with the search", () => {
    const text = buildFilter(CONDITIONS, '张 "AND"', [...FIELDS]);
    const read = parseFilter(text, [...FIELDS]);
    expect(read?.search).toBe('张 "AND"');
    expect(buildFilter(read?.conditions ?? [], read?.search ?? "", [...FIELDS])).toBe(text);
  });

  it("leaves alone what was written otherwise", () => {
    for (const text of ['name = "a" OR name = "b"', "(active = true)", "unknown = 1", "amount > 5", 'NOT (industry = "medical")']) {
      expect(parseFilter(text, [...FIELDS])).toBeNull();
    }
  });

  it("reads no filter as none", () => {
    expect(parseFilter("", [...FIELDS])).toEqual({ conditions: [], search: "" });
  });
});
