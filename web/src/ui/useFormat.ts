import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { inLocale, toLocale } from "~/app/i18n";
import { useSession } from "~/app/session";
import type { Label } from "~/api/types";
import { makeFormat, type Format } from "./format";

export function useFormat(): Format {
  const { i18n } = useTranslation();
  const { organization } = useSession();
  const { time_zone: timeZone, currency } = organization;
  return useMemo(
    () => makeFormat({ locale: toLocale(i18n.language), timeZone, currency }),
    [i18n.language, timeZone, currency],
  );
}

/** Reads server labels in the user's language. */
export function useLabel(): (label: Label) => string {
  const { i18n } = useTranslation();
  return (label) => inLocale(label, i18n.language);
}
