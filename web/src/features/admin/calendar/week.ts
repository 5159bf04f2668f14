/** The week of an organization: the API's `working_hours` as rows of spans to edit, and back. Pure. */

/** `09:00` to `18:00`; an empty text is a time not chosen yet. */
export interface Span {
  from: string;
  to: string;
}

/** Spans by weekday, Monday first. */
export type Week = Span[][];

export interface WorkingHours {
  weekday: number;
  hours: string;
}

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];

/** A day ends at 24:00, which pickers of times call 00:00. */
const MIDNIGHT = "24:00";
const shown = (time: string): string => (time === MIDNIGHT ? "00:00" : time);

export function toWeek(hours: WorkingHours[]): Week {
  return WEEKDAYS.map((weekday) => {
    const text = hours.find((one) => one.weekday === weekday)?.hours ?? "";
    return text.split(", ").filter(Boolean).map((span) => {
      const [from = "", to = ""] = span.split("-");
      return { from, to: shown(to) };
    });
  });
}

/** Days without spans are left out. */
export function fromWeek(week: Week): WorkingHours[] {
  return week.flatMap((spans, at) =>
    spans.length
      ? [{ weekday: at + 1, hours: spans.map(({ from, to }) => `${from}-${to === "00:00" ? MIDNIGHT : to}`).join(", ") }]
      : []);
}

/** The next span to offer: the usual afternoon after a morning, the whole day on a day without any. */
export function nextSpan(spans: Span[]): Span {
  const last = spans.at(-1);
  if (!last) return { from: "09:00", to: "18:00" };
  return last.to && last.to < "13:00" && last.to !== "00:00" ? { from: "13:00", to: "18:00" } : { from: "", to: "" };
}

/** `working_hours[2].hours` → the place of the weekday it stands for, among the days sent. */
export function dayOf(field: string, sent: WorkingHours[]): number | undefined {
  const match = /^working_hours\[(\d+)\]/.exec(field);
  const entry = match ? sent[Number(match[1])] : undefined;
  return entry && entry.weekday - 1;
}
