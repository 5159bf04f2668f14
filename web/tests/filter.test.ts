import { describe, expect, it } from "vitest";
import { buildFilter, isComplete, isCondition, operatorsOf, quote, type Condition } from "../src/features/records/filter";

const FIELDS = [
  { name: "name", kind: "text" }, { name: "employees", kind: "integer" }, { name: "amount", kind: "money" },
  { name: "close_date", kind: "date" }, { name: "create_time", kind: "time" }, { name: "industry", kind: "choice" },
  { name: "owner_id", kind: "reference" }, { name: "active", kind: "boolean" }, { name: "custom.tags", kind: "choices" },
] as const;

const filterOf = (...conditions: Condition[]): string => buildFilter(conditions, "", [...FIELDS]);

describe("buildFilter", () => {
  it("says nothing where nothing is asked", () => {
    expect(filterOf()).toBe("");
  });

  it("puts wildcards around a text that is contained", () => {
    expect(filterOf({ f: "name", o: "contains", v: ["acme"] })).toBe('name = "*acme*"');
    expect(filterOf({ f: "name", o: "starts", v: ["acme"] })).toBe('name = "acme*"');
  });

  it("escapes quotes, backslashes and wildcards, so that a value cannot change the question", () => {
    expect(filterOf({ f: "name", o: "is", v: ['a" OR name:* \\ *'] })).toBe('name = "a\\" OR name:\\* \\\\ \\*"');
  });

  it("joins conditions with AND and puts the search first", () => {
    const conditions: Condition[] = [{ f: "industry", o: "any", v: ["medical"] }, { f: "active", o: "yes", v: [] }];
    expect(buildFilter(conditions, " 张伟 ", [...FIELDS])).toBe('search("张伟") AND industry = "medical" AND active = true');
  });

  it("names several values in parentheses, and me() without quotes", () => {
    expect(filterOf({ f: "owner_id", o: "any", v: ["me()", "0190"] })).toBe('owner_id = (me() OR "0190")');
    expect(filterOf({ f: "industry", o: "none", v: ["a", "b"] })).toBe('industry != ("a" OR "b")');
    expect(filterOf({ f: "custom.tags", o: "any", v: ["a", "b"] })).toBe('custom.tags:("a" OR "b")');
  });

  it("writes numbers and dates without quotes", () => {
    expect(filterOf({ f: "amount", o: "between", v: ["100", "2500.5"] })).toBe("amount >= 100 AND amount <= 2500.5");
    expect(filterOf({ f: "close_date", o: "from", v: ["2017-03-01"] })).toBe("close_date >= 2017-03-01");
  });

  it("leaves an open end of a range open", () => {
    expect(filterOf({ f: "employees", o: "between", v: ["", "50"] })).toBe("employees <= 50");
  });

  it("counts days from today", () => {
    expect(filterOf({ f: "close_date", o: "last", v: ["30"] })).toBe("close_date >= today() - 30d AND close_date <= today()");
    expect(filterOf({ f: "create_time", o: "last", v: ["7"] })).toBe("create_time >= today() - 7d");
  });

  it("asks for presence and absence", () => {
    expect(filterOf({ f: "name", o: "empty", v: [] }, { f: "name", o: "filled", v: [] })).toBe("NOT name:* AND name:*");
  });

  it("leaves out what is incomplete or of no known field", () => {
    expect(filterOf({ f: "name", o: "contains", v: [" "] }, { f: "gone", o: "is", v: ["x"] })).toBe("");
  });
});

describe("conditions", () => {
  it("are recognised in an address, and nothing else is", () => {
    expect(isCondition({ f: "name", o: "is", v: ["x"] })).toBe(true);
    expect(isCondition({ f: "name", o: "drop", v: ["x"] })).toBe(false);
    expect(isCondition({ f: "name", o: "is", v: [1] })).toBe(false);
    expect(isCondition(null)).toBe(false);
  });

  it("are complete when they have what their operator needs", () => {
    expect(isComplete({ f: "a", o: "last", v: ["x"] })).toBe(false);
    expect(isComplete({ f: "a", o: "between", v: ["", ""] })).toBe(false);
    expect(isComplete({ f: "a", o: "empty", v: [] })).toBe(true);
  });

  it("offer operators by kind", () => {
    expect(operatorsOf({ kind: "email" })[0]).toBe("contains");
    expect(operatorsOf({ kind: "money" })).toContain("between");
    expect(operatorsOf({ kind: "boolean" })).toEqual(["yes", "no"]);
  });
});

it("quotes so that the text matches itself", () => {
  expect(quote('say "hi" *')).toBe('"say \\"hi\\" \\*"');
});
