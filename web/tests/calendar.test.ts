import { describe, expect, it } from "vitest";
import { rangeOf, rescheduled, taskEvent } from "~/features/activity/calendar";

const ZONE = "Asia/Shanghai";
const event = (fields: object) => taskEvent({ id: "1", ...fields }, ZONE, "Call");

describe("what a view shows", () => {
  it("is the day, its week from Monday, or the weeks around its month", () => {
    expect(rangeOf("day", "2026-11-22")).toEqual({ first: "2026-11-22", last: "2026-11-22" });
    expect(rangeOf("week", "2026-11-22")).toEqual({ first: "2026-11-16", last: "2026-11-22" });
    expect(rangeOf("month", "2026-11-22")).toEqual({ first: "2026-10-26", last: "2026-12-06" });
  });
});

describe("a task in the calendar", () => {
  it("stands on its day, at its due time, or from start to end, in the reader's time zone", () => {
    expect(event({ due_date: "2026-11-22" })).toMatchObject({ start: "2026-11-22 00:00:00", end: "2026-11-23 00:00:00" });
    expect(event({ due_date: "2026-11-22", due_time: "2026-11-22T01:00:00Z" })).toMatchObject({ start: "2026-11-22 09:00:00", end: "2026-11-22 09:30:00" });
    expect(event({ start_time: "2026-11-22T01:00:00Z", end_time: "2026-11-22T03:00:00Z" })).toMatchObject({ start: "2026-11-22 09:00:00", end: "2026-11-22 11:00:00" });
    expect(event({})).toBeNull();
  });
});

describe("a task that is put elsewhere", () => {
  const put = (fields: object, start: string, end: string) => {
    const task = { id: "1", ...fields };
    return rescheduled(task, taskEvent(task, ZONE, "Call") ?? { start: "", end: "" }, { start, end }, ZONE);
  };

  it("is due on another day", () =>
    expect(put({ due_date: "2026-11-22" }, "2026-11-25 00:00:00", "2026-11-26 00:00:00")).toEqual({ due_date: "2026-11-25" }));

  it("is due at another time", () =>
    expect(put({ due_date: "2026-11-22", due_time: "2026-11-22T01:00:00Z" }, "2026-11-23 10:00:00", "2026-11-23 10:30:00"))
      .toEqual({ due_time: "2026-11-23T02:00:00.000Z" }));

  it("takes its due time along with its start", () =>
    expect(put({ start_time: "2026-11-22T01:00:00Z", end_time: "2026-11-22T02:00:00Z", due_time: "2026-11-22T04:00:00Z" }, "2026-11-24 09:00:00", "2026-11-24 10:00:00"))
      .toEqual({ start_time: "2026-11-24T01:00:00.000Z", end_time: "2026-11-24T02:00:00.000Z", due_time: "2026-11-24T04:00:00.000Z" }));

  it("lasts longer", () =>
    expect(put({ start_time: "2026-11-22T01:00:00Z", end_time: "2026-11-22T02:00:00Z" }, "2026-11-22 09:00:00", "2026-11-22 12:00:00"))
      .toEqual({ start_time: "2026-11-22T01:00:00.000Z", end_time: "2026-11-22T04:00:00.000Z" }));

  it("is for the whole day, where it is put among what is", () =>
    expect(put({ due_date: "2026-11-22", due_time: "2026-11-22T01:00:00Z" }, "2026-11-24 00:00:00", "2026-11-25 00:00:00"))
      .toEqual({ due_time: null, due_date: "2026-11-24" }));

  it("begins at an hour, where it was for the whole day", () =>
    expect(put({ due_date: "2026-11-22" }, "2026-11-24 09:00:00", "2026-11-24 10:00:00"))
      .toEqual({ start_time: "2026-11-24T01:00:00.000Z", end_time: "2026-11-24T02:00:00.000Z", due_date: "2026-11-24" }));
});
