import { describe, expect, it } from "vitest";
import { headingsOf, moved } from "~/features/admin/modules/arrange";

const field = (id: string, position: number, section = "") => ({ id, key: id, position, section_zh: section, section_en: "" });

describe("the order of a module's own fields", () => {
  const fields = [field("c", 3, "条款"), field("a", 1), field("b", 2), field("d", 4, "条款")];

  it("stands below headings, each in order, with those that have no field yet", () => {
    const found = headingsOf(fields, ["新", "条款"]).map(({ name, fields: below }) => [name, below.map(({ id }) => id)]);
    expect(found).toEqual([["", ["a", "b"]], ["条款", ["c", "d"]], ["新", []]]);
  });

  it("changes where a field is moved, and nowhere else", () => {
    const changes = moved(headingsOf(fields), "b", "", 0).map(({ record, changes: written }) => [record.id, written]);
    expect(changes).toEqual([["b", { position: 1 }], ["a", { position: 2 }]]);
  });

  it("puts a field below another heading", () => {
    const changes = moved(headingsOf(fields), "a", "条款", 1).map(({ record, changes: written }) => [record.id, written]);
    expect(changes).toEqual([
      ["b", { position: 1 }],
      ["c", { position: 2 }],
      ["a", { position: 3, section_zh: "条款", section_en: "" }],
    ]);
  });

  it("leaves everything where nothing is moved", () => {
    expect(moved(headingsOf(fields), "a", "", 0)).toEqual([]);
    expect(moved(headingsOf(fields), "gone", "", 0)).toEqual([]);
  });
});
