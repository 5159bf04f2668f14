import { describe, expect, it } from "vitest";
import type { Field, Kind } from "../src/api/types";
import { maskOf } from "../src/features/records/api";
import { changesOf, conflictsOf, isSame, missing, rebase, toDraft } from "../src/features/records/draft";
import { labelled } from "../src/features/records/useDraft";

const field = (name: string, kind: Kind = "text", required = false): Field => ({
  name, kind, required, label: { zh: name, en: name }, output_only: false, immutable: false, input_only: false,
  read_only: false, filterable: false, sortable: false, searchable: false, listed: false, reference: "", choices: [],
  max_length: 0, position: 0,
});

const FIELDS = [field("name", "text", true), field("phone", "phone"), field("amount", "money"), field("custom.size", "decimal"), field("custom.tags", "choices")];

describe("changesOf", () => {
  it("sends only what differs, custom values below custom", () => {
    const before = toDraft({ id: "1", name: "Acme", phone: "1", custom: { size: "3" } }, FIELDS);
    const after = { ...before, phone: "2", "custom.size": "4" };
    const changes = changesOf(before, after, FIELDS);
    expect(changes).toEqual({ phone: "2", custom: { size: "4" } });
    expect(maskOf(changes)).toBe("phone,custom.size");
  });

  it("clears texts with an empty text, other values with null", () => {
    const before = toDraft({ id: "1", phone: "1", amount: { currency_code: "USD", amount: "1" }, custom: { size: "3" } }, FIELDS);
    expect(changesOf(before, { ...before, phone: "", amount: null, "custom.size": null }, FIELDS)).toEqual({ phone: "", amount: null, custom: { size: null } });
  });

  it("takes absent, null, empty text and empty list for the same nothing", () => {
    expect(isSame(undefined, "")).toBe(true);
    expect(isSame(null, [])).toBe(true);
    expect(isSame({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(isSame(0, null)).toBe(false);
  });
});

describe("a conflict", () => {
  const before = { name: "Acme", phone: "1", amount: null };
  const mine = { name: "Acme", phone: "2", amount: null };

  it("is a field that both changed differently", () => {
    expect(conflictsOf(before, mine, { ...before, phone: "3" }, FIELDS).map(({ field: { name } }) => name)).toEqual(["phone"]);
  });

  it("is none where both wrote the same, or different fields", () => {
    expect(conflictsOf(before, mine, { ...before, phone: "2" }, FIELDS)).toEqual([]);
    expect(conflictsOf(before, mine, { ...before, name: "Acme Inc" }, FIELDS)).toEqual([]);
  });

  it("goes on with mine where I changed something and theirs elsewhere", () => {
    expect(rebase(before, mine, { name: "Acme Inc", phone: "3", amount: null })).toEqual({ name: "Acme Inc", phone: "2", amount: null });
  });
});

it("names the required fields that are empty", () => {
  expect(missing({ name: " ".trim() }, FIELDS).map(({ name }) => name)).toEqual(["name"]);
});

describe("what the server says of a field", () => {
  it("names it as the form does", () => {
    const said = labelled("“password_minimum_length” must be 8 to 64", ["password_minimum_length"], "Least length");
    expect(said).toBe("“Least length” must be 8 to 64");
    expect(labelled("“name”须填写，如“name_2”", ["account.name", "name"], "名称")).toBe("“名称”须填写，如“name_2”");
  });
});
