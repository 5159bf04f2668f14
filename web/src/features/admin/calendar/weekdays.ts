import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** The names of the weekdays, Monday first. */
export function useWeekdays(): string[] {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(i18n.language, { weekday: "long", timeZone: "UTC" });
    // 2026-11-23 is a Monday.
    return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2026, 10, 23 + day)));
  }, [i18n.language]);
}
