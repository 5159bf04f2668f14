/** RRULEs (RFC 5545) as a person chooses them, and back; what the editor does not know stays as it is written. Pure. */

export const FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
export type Frequency = (typeof FREQUENCIES)[number];
export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;

export interface Repeat {
  frequency: Frequency;
  interval: number;
  /** Of a week; the day of the due date when empty. */
  days: string[];
  count: number | null;
  /** `2026-11-22` */
  until: string | null;
  /** Parts the editor has no inputs for, as they are written. */
  rest: string[];
}

export function parseRule(rule: string): Repeat | null {
  const parts = new Map(rule.toUpperCase().replace(/^RRULE:/, "").split(";").filter(Boolean).map((part) => part.split("=", 2) as [string, string]));
  const frequency = FREQUENCIES.find((one) => one === parts.get("FREQ"));
  if (!frequency) return null;
  const weekly = frequency === "WEEKLY";
  const known = new Set(["FREQ", "INTERVAL", "COUNT", "UNTIL", ...(weekly ? ["BYDAY"] : [])]);
  const until = /^(\d{4})(\d{2})(\d{2})/.exec(parts.get("UNTIL") ?? "");
  return {
    frequency,
    interval: Number(parts.get("INTERVAL") ?? 1),
    days: weekly ? (parts.get("BYDAY") ?? "").split(",").filter(Boolean) : [],
    count: parts.has("COUNT") ? Number(parts.get("COUNT")) : null,
    until: until ? `${until[1]}-${until[2]}-${until[3]}` : null,
    rest: [...parts].filter(([name]) => !known.has(name)).map(([name, value]) => `${name}=${value}`),
  };
}

export function writeRule({ frequency, interval, days, count, until, rest }: Repeat): string {
  const ordered = WEEKDAYS.filter((day) => days.includes(day));
  return [
    `FREQ=${frequency}`,
    interval > 1 && `INTERVAL=${interval}`,
    count && `COUNT=${count}`,
    !count && until && `UNTIL=${until.replaceAll("-", "")}`,
    frequency === "WEEKLY" && ordered.length > 0 && `BYDAY=${ordered.join(",")}`,
    ...rest,
  ].filter(Boolean).join(";");
}
