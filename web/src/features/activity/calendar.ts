/** Tasks and talks as events of a calendar, and what a moved event means for its task. Pure. */
import type { Rec } from "~/api/types";
import { quote } from "~/features/records/filter";
import { toInstant, toWallClock } from "~/ui/format";
import { MINE } from "./api";

export const VIEWS = ["day", "week", "month"] as const;
export type View = (typeof VIEWS)[number];

export interface CalendarEvent {
  id: string;
  title: string;
  /** Wall-clock `2026-11-22 08:30:00` in the reader's time zone. */
  start: string;
  end: string;
  color: string;
  /** What it stands for; talks took place, and are not moved. */
  payload: { module: "tasks" | "interactions"; record: Rec };
}

/** How long something lasts that does not say so. */
const USUAL_MINUTES = 30;
const DAY_MS = 86_400_000;
const MIDNIGHT = " 00:00:00";

/** Wall-clock arithmetic, where every day has 24 hours. */
const read = (wall: string): number => Date.parse(`${wall.slice(0, 10)}T${wall.slice(11) || "00:00:00"}Z`);
const write = (time: number): string => new Date(time).toISOString().slice(0, 19).replace("T", " ");
const later = (wall: string, minutes: number): string => write(read(wall) + minutes * 60_000);
const dayAfter = (day: string, days: number): string => write(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).slice(0, 10);

/** First and last day that a view shows of a day's surroundings; weeks begin on Mondays. */
export function rangeOf(view: View, day: string): { first: string; last: string } {
  if (view === "day") return { first: day, last: day };
  if (view === "week") {
    const first = monday(day);
    return { first, last: dayAfter(first, 6) };
  }
  const first = monday(`${day.slice(0, 8)}01`);
  // As many as the view ever shows: six weeks.
  return { first, last: dayAfter(first, 41) };
}

function monday(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return dayAfter(day, -((weekday + 6) % 7));
}

interface Range {
  first: string;
  last: string;
}

const between = (field: string, { first, last }: Range, zone: string): string =>
  `(${field} >= ${quote(toInstant(first + MIDNIGHT, zone))} AND ${field} < ${quote(toInstant(dayAfter(last, 1) + MIDNIGHT, zone))})`;

/** Tasks that stand in the calendar on these days. */
export function tasksWithin(range: Range, zone: string, team: boolean): string {
  const due = `(due_date >= ${quote(range.first)} AND due_date <= ${quote(range.last)})`;
  const within = `(${due} OR ${between("start_time", range, zone)})`;
  return `${team ? "" : `${MINE} AND `}${within} AND status != "cancelled"`;
}

export function talksWithin(range: Range, zone: string, team: boolean): string {
  return `${team ? "" : "owner_id = me() AND "}(kind = "call" OR kind = "meeting" OR kind = "visit") AND ${between("start_time", range, zone)}`;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const COLORS: Record<string, string> = { urgent: "red", high: "orange", normal: "blue", low: "gray" };

export function taskEvent(task: Rec, zone: string, title: string): CalendarEvent | null {
  const [starts, ends, due, day] = [text(task.start_time), text(task.end_time), text(task.due_time), text(task.due_date)];
  const color = task.status === "done" ? "green" : (COLORS[text(task.priority)] ?? "blue");
  const at = (start: string, end: string): CalendarEvent => ({ id: `tasks:${task.id}`, title, start, end, color, payload: { module: "tasks", record: task } });
  const begins = starts || due;
  if (begins) {
    const start = toWallClock(begins, zone);
    const end = starts && ends ? toWallClock(ends, zone) : later(start, USUAL_MINUTES);
    return at(start, end);
  }
  return day ? at(day + MIDNIGHT, dayAfter(day, 1) + MIDNIGHT) : null;
}

export function talkEvent(talk: Rec, zone: string, title: string): CalendarEvent {
  const start = toWallClock(text(talk.start_time), zone);
  // A shorter one could not be read.
  const minutes = Math.max(Number(talk.duration_minutes ?? 0), USUAL_MINUTES);
  return { id: `interactions:${talk.id}`, title, start, end: later(start, minutes), color: "teal", payload: { module: "interactions", record: talk } };
}

const isDay = (start: string, end: string): boolean => start.endsWith(MIDNIGHT) && end.endsWith(MIDNIGHT) && read(end) - read(start) === DAY_MS;

/** What is written to a task whose event was put elsewhere, or made longer. */
export function rescheduled(task: Rec, event: { start: string; end: string }, to: { start: string; end: string }, zone: string): Rec {
  const [starts, ends, due] = [text(task.start_time), text(task.end_time), text(task.due_time)];
  const changes: Record<string, unknown> = {};
  if (isDay(to.start, to.end)) {
    if (starts) Object.assign(changes, { start_time: null, end_time: null });
    if (due) changes.due_time = null;
    changes.due_date = to.start.slice(0, 10);
    return changes as Rec;
  }
  const moved = read(to.start) - read(event.start);
  const longer = read(to.end) - read(to.start) !== read(event.end) - read(event.start);
  if (starts || longer) {
    changes.start_time = toInstant(to.start, zone);
    if (ends || longer) changes.end_time = toInstant(to.end, zone);
    // It stays as long before it is due as it was.
    if (due) changes.due_time = toInstant(write(read(toWallClock(due, zone)) + moved), zone);
    else if (text(task.due_date)) changes.due_date = write(Date.parse(`${text(task.due_date)}T00:00:00Z`) + wholeDays(event.start, to.start)).slice(0, 10);
  } else {
    changes.due_time = toInstant(to.start, zone);
  }
  return changes as Rec;
}

const wholeDays = (from: string, to: string): number => Date.parse(`${to.slice(0, 10)}T00:00:00Z`) - Date.parse(`${from.slice(0, 10)}T00:00:00Z`);
