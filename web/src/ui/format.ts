/** Values as people read them: in the user's language, the organization's time zone, currency, and ways of writing. */
import type { Choice, Money } from "~/api/types";
import { writeDay, writeMonth, writeNumber, type DateStyle, type NumberStyle } from "./styles";

export interface FormatSettings {
  /** `zh-CN` or `en`. */
  locale: string;
  /** IANA name. */
  timeZone: string;
  /** ISO 4217, for amounts that name none. */
  currency: string;
  /** As usual in the language when absent. */
  dateStyle?: DateStyle;
  numberStyle?: NumberStyle;
}

export interface Format {
  number: (value: string | number, digits?: number) => string;
  integer: (value: string | number) => string;
  percent: (value: string | number) => string;
  money: (value: Money | string | number | null | undefined, currency?: string) => string;
  /** `2016-10-20`, a day without a time zone. */
  date: (value: string | null | undefined) => string;
  /** RFC 3339. */
  dateTime: (value: string | null | undefined) => string;
  /** `2017-03`. */
  month: (value: string) => string;
  /** "3 minutes ago"; older than a week: the day. */
  ago: (value: string | null | undefined, now?: number) => string;
  list: (values: string[]) => string;
}

type Decimal = Intl.StringNumericLiteral;

function isNumeric(value: string | number): boolean {
  return typeof value === "number" ? Number.isFinite(value) : /^[+-]?(\d+\.?\d*|\.\d+)$/.test(value);
}

/** A time zone the browser does not know would throw: UTC then. */
function knownZone(zone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch {
    return "UTC";
  }
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

export function makeFormat({ locale, timeZone, currency, dateStyle, numberStyle }: FormatSettings): Format {
  const zone = knownZone(timeZone);
  const integers = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const times = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone: zone });
  const localDays = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: zone });
  const months = new Intl.DateTimeFormat(locale, { year: "numeric", month: "short", timeZone: "UTC" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const lists = new Intl.ListFormat(locale, { type: "unit", style: "narrow" });
  const moneys = new Map<string, Intl.NumberFormat>();
  const write = (how: Intl.NumberFormat, value: string | number): string => writeNumber(how, value as Decimal, numberStyle);
  const dayAt = (time: Date): string => (dateStyle ? writeDay(dayIn(zone, time), dateStyle) : localDays.format(time));

  const number = (value: string | number, digits = 10): string =>
    isNumeric(value) ? write(new Intl.NumberFormat(locale, { maximumFractionDigits: digits }), value) : String(value);

  /** At most two decimals, and as many zeros as were given: 61.90 stays 61.90 in a column. */
  const percents = (value: string | number): string => {
    const given = Math.min(2, String(value).split(".")[1]?.length ?? 0);
    return write(new Intl.NumberFormat(locale, { minimumFractionDigits: given, maximumFractionDigits: 2 }), value);
  };

  const moneyFormat = (code: string): Intl.NumberFormat => {
    let made = moneys.get(code);
    if (!made) {
      try {
        made = new Intl.NumberFormat(locale, {
          style: "currency", currency: code, currencyDisplay: "narrowSymbol", trailingZeroDisplay: "stripIfInteger",
        });
      } catch {
        made = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
      }
      moneys.set(code, made);
    }
    return made;
  };

  const date = (value: string | null | undefined): string => {
    const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value ?? "");
    if (match && dateStyle) return writeDay(match[0], dateStyle);
    return match ? days.format(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))) : (value ?? "");
  };

  const dateTime = (value: string | null | undefined): string => {
    if (!value) return "";
    const time = new Date(value);
    return dateStyle ? `${dayAt(time)} ${clock.format(time)}` : times.format(time);
  };

  return {
    number,
    integer: (value) => (isNumeric(value) ? write(integers, value) : String(value)),
    percent: (value) => (isNumeric(value) ? `${percents(value)}%` : String(value)),
    money: (value, code = currency) => {
      if (value === null || value === undefined || value === "") return "";
      const amount = typeof value === "object" ? value.amount : value;
      const own = typeof value === "object" ? value.currency_code || code : code;
      return isNumeric(amount) ? write(moneyFormat(own), amount) : String(amount);
    },
    date,
    dateTime,
    month: (value) => {
      const match = /^(\d{4})-(\d{2})$/.exec(value);
      if (match && dateStyle) return writeMonth(match[0], dateStyle);
      return match ? months.format(Date.UTC(Number(match[1]), Number(match[2]) - 1, 1)) : value;
    },
    ago: (value, now = Date.now()) => {
      if (!value) return "";
      const seconds = Math.round((new Date(value).getTime() - now) / 1000);
      if (Math.abs(seconds) > 7 * 86_400) return dayAt(new Date(value));
      for (const [unit, length] of STEPS) {
        if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
      }
      return relative.format(0, "second");
    },
    list: (values) => lists.format(values),
  };
}

/** The day, `2026-11-22`, that a moment falls on in a time zone. */
export function dayIn(timeZone: string, time = new Date()): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(time);
}

/** "10,000+" where the server stopped counting. */
export function formatTotal(total: number, format: Format): string {
  return total > 10_000 ? `${format.integer(10_000)}+` : format.integer(total);
}

export function choiceOf(choices: Choice[], value: unknown): Choice | undefined {
  return choices.find((choice) => choice.value === value);
}

/** Wall-clock `2026-11-22 08:30:00` in a time zone → RFC 3339 in UTC. */
export function toInstant(wall: string, timeZone: string): string {
  const guess = new Date(`${wall.replace(" ", "T")}Z`).getTime();
  const first = guess - offsetAt(guess, timeZone);
  // The offset may differ at the corrected moment: around a change to or from summer time.
  return new Date(guess - offsetAt(first, timeZone)).toISOString();
}

/** RFC 3339 → wall-clock `2026-11-22 08:30:00` in a time zone. */
export function toWallClock(instant: string, timeZone: string): string {
  const time = new Date(instant).getTime();
  return new Date(time + offsetAt(time, timeZone)).toISOString().slice(0, 19).replace("T", " ");
}

/** Milliseconds by which local time in the zone is ahead of UTC. */
function offsetAt(time: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: knownZone(timeZone), hourCycle: "h23",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(time);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return local - Math.floor(time / 1000) * 1000;
}
