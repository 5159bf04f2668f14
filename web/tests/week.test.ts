import { expect, it } from "vitest";
import { dayOf, fromWeek, nextSpan, toWeek } from "../src/features/admin/calendar/week";

const KEPT = [{ weekday: 1, hours: "09:00-12:00, 13:00-18:00" }, { weekday: 6, hours: "20:00-24:00" }];

it("turns the kept week into rows, and rows back into the same", () => {
  const week = toWeek(KEPT);
  expect(week[0]).toEqual([{ from: "09:00", to: "12:00" }, { from: "13:00", to: "18:00" }]);
  expect(week[1]).toEqual([]);
  expect(week[5]).toEqual([{ from: "20:00", to: "00:00" }]);
  expect(fromWeek(week)).toEqual(KEPT);
});

it("offers an afternoon after a morning", () => {
  expect(nextSpan([])).toEqual({ from: "09:00", to: "18:00" });
  expect(nextSpan([{ from: "09:00", to: "12:00" }])).toEqual({ from: "13:00", to: "18:00" });
  expect(nextSpan([{ from: "09:00", to: "18:00" }])).toEqual({ from: "", to: "" });
});

it("finds the weekday that a violation is about", () => {
  expect(dayOf("working_hours[1].hours", KEPT)).toBe(5);
  expect(dayOf("working_hours", KEPT)).toBeUndefined();
});
