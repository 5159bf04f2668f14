import { describe, expect, it } from "vitest";
import { partOf } from "~/features/activity/api";
import { parseRule, writeRule } from "~/features/activity/recurrence";

describe("repeat rules", () => {
  it.each([
    "FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "FREQ=MONTHLY;COUNT=3", "FREQ=YEARLY;UNTIL=20301231",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
  ])("are read and written as they are: %s", (rule) => {
    const repeat = parseRule(rule);
    expect(repeat && writeRule(repeat)).toBe(rule);
  });

  it("keep the order of the week, and one end only", () => {
    expect(writeRule({ frequency: "WEEKLY", interval: 1, days: ["FR", "MO"], count: 2, until: "2030-01-01", rest: [] })).toBe("FREQ=WEEKLY;COUNT=2;BYDAY=MO,FR");
  });

  it("that are none are none", () => expect(parseRule("hourly")).toBeNull());
});

describe("a day's list", () => {
  const now = new Date("2026-11-22T04:00:00Z");
  const part = (fields: object) => partOf({ id: "1", ...fields }, "2026-11-22", now);

  it("has what is late, what is due today, what comes, and what has no day", () => {
    expect(part({ due_date: "2026-11-21" })).toBe("overdue");
    expect(part({ due_date: "2026-11-22" })).toBe("today");
    expect(part({ due_date: "2026-11-22", due_time: "2026-11-22T03:59:00Z" })).toBe("overdue");
    expect(part({ due_date: "2026-11-22", due_time: "2026-11-22T04:01:00Z" })).toBe("today");
    expect(part({ due_date: "2026-11-23" })).toBe("coming");
    expect(part({})).toBe("undated");
  });
});
