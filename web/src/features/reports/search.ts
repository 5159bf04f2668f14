/** What a report shows, as its address says it. */
import { isCondition, type Condition } from "~/features/records/filter";

const FISCAL = ["fiscalYear", "lastFiscalYear"] as const;
export const PRESETS = ["all", "year", "lastYear", ...FISCAL, "quarter", "lastQuarter", "month", "lastMonth", "custom"] as const;
export type Preset = (typeof PRESETS)[number];

/** Those to choose from: a fiscal year that begins in January is the year. */
export function presetsOf(startMonth: number): readonly Preset[] {
  return startMonth === 1 ? PRESETS.filter((one) => !(FISCAL as readonly string[]).includes(one)) : PRESETS;
}

export interface ReportSearch {
  range?: Preset;
  from?: string;
  to?: string;
  group?: string;
  where?: Condition[];
}

const day = (value: unknown): string | undefined =>
  typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;

export function parseReportSearch(search: Record<string, unknown> & ReportSearch): ReportSearch {
  return {
    range: PRESETS.find((one) => one === search.range),
    from: day(search.from),
    to: day(search.to),
    group: typeof search.group === "string" && search.group ? search.group : undefined,
    where: Array.isArray(search.where) && search.where.length ? search.where.filter(isCondition) : undefined,
  };
}

export interface Range {
  from?: string;
  to?: string;
}

const iso = (year: number, month: number, date: number): string => new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);

/**
 * First and last day of a preset, seen from a day (`2026-11-22`) in the organization's time zone; its fiscal year begins
 * in `startMonth`, 1 to 12.
 */
export function rangeOf(preset: Preset, today: string, custom: Range = {}, startMonth = 1): Range {
  const year = Number(today.slice(0, 4));
  const month = Number(today.slice(5, 7)) - 1;
  const quarter = month - (month % 3);
  const start = startMonth - 1;
  const fiscal = month >= start ? year : year - 1;
  switch (preset) {
    case "all": return {};
    case "custom": return custom;
    case "year": return { from: iso(year, 0, 1), to: iso(year, 11, 31) };
    case "lastYear": return { from: iso(year - 1, 0, 1), to: iso(year - 1, 11, 31) };
    case "fiscalYear": return { from: iso(fiscal, start, 1), to: iso(fiscal + 1, start, 0) };
    case "lastFiscalYear": return { from: iso(fiscal - 1, start, 1), to: iso(fiscal, start, 0) };
    case "quarter": return { from: iso(year, quarter, 1), to: iso(year, quarter + 3, 0) };
    case "lastQuarter": return { from: iso(year, quarter - 3, 1), to: iso(year, quarter, 0) };
    case "month": return { from: iso(year, month, 1), to: iso(year, month + 1, 0) };
    case "lastMonth": return { from: iso(year, month - 1, 1), to: iso(year, month, 0) };
  }
}
