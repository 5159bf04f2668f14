import { describe, expect, it } from "vitest";
import { levelOf, withLevel } from "~/features/admin/fieldRules";

describe("field rules", () => {
  const phone = { module: "contacts", field: "phone", access: "hidden" };
  const email = { module: "contacts", field: "email", access: "read_only" };

  it("finds the level of a field, the stricter of two", () => {
    expect(levelOf([phone], "contacts", "phone")).toBe("hidden");
    expect(levelOf([phone], "accounts", "phone")).toBe("normal");
    expect(levelOf([{ ...phone, access: "read_only" }, phone], "contacts", "phone")).toBe("hidden");
  });

  it("changes one and leaves the others", () => {
    expect(withLevel([phone, email], "contacts", "phone", "normal")).toEqual([email]);
    expect(withLevel([phone, email], "contacts", "phone", "read_only")).toEqual([email, { ...phone, access: "read_only" }]);
  });
});
