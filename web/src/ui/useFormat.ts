import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { inLocale, toLocale } from "~/app/i18n";
import { useSession } from "~/app/session";
import type { Label } from "~/api/types";
import { makeFormat, type Format } from "./format";
import { DATE_PATTERNS, dateStyleOf, numberStyleOf } from "./styles";

export function useFormat(): Format {
  const { i18n } = useTranslation();
  const { user: { time_zone: timeZone, date_format, number_format }, organization: { currency } } = useSession();
  return useMemo(
    () => makeFormat({
      locale: toLocale(i18n.language), timeZone, currency,
      dateStyle: dateStyleOf(date_format), numberStyle: numberStyleOf(number_format),
    }),
    [i18n.language, timeZone, currency, date_format, number_format],
  );
}

/** How days are typed and shown in date pickers: `DD.MM.YYYY`. */
export function useDatePattern(): string {
  return DATE_PATTERNS[dateStyleOf(useSession().user.date_format) ?? "ymd"];
}

/** Reads server labels in the user's language. */
export function useLabel(): (label: Label) => string {
  const { i18n } = useTranslation();
  return (label) => inLocale(label, i18n.language);
}
