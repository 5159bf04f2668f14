/** Two languages, one loaded at a time; the choice is remembered on this device. */
import dayjs from "dayjs";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { setApiLanguage } from "~/api/client";
import type { Label, Language } from "~/api/types";
import type en from "~/locales/en.json";

export type Locale = "zh-CN" | "en";
export const LOCALES: { value: Locale; name: string }[] = [
  { value: "zh-CN", name: "简体中文" },
  { value: "en", name: "English" },
];

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

const STORED = "guanxi.language";

const loaders: Record<Locale, () => Promise<{ default: unknown }>> = {
  "zh-CN": () => import("~/locales/zh-CN.json"),
  en: () => import("~/locales/en.json"),
};

/** Locale for a language tag such as `zh`, `zh-Hans-CN` or `en-GB`. */
export function toLocale(tag: string | undefined | null): Locale {
  return tag?.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export function storedLocale(): Locale | null {
  const value = localStorage.getItem(STORED);
  return value === "zh-CN" || value === "en" ? value : null;
}

async function load(locale: Locale): Promise<void> {
  if (!i18next.hasResourceBundle(locale, "translation")) {
    const bundle = await loaders[locale]();
    i18next.addResourceBundle(locale, "translation", bundle.default);
  }
  if (locale === "zh-CN") await import("dayjs/locale/zh-cn");
  dayjs.locale(locale === "zh-CN" ? "zh-cn" : "en");
  document.documentElement.lang = locale;
  setApiLanguage(locale);
}

export async function startI18n(): Promise<void> {
  const locale = storedLocale() ?? toLocale(navigator.language);
  await i18next.use(initReactI18next).init({
    lng: locale,
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await load(locale);
  await i18next.changeLanguage(locale);
}

export async function setLocale(locale: Locale, remember = true): Promise<void> {
  if (remember) localStorage.setItem(STORED, locale);
  await load(locale);
  await i18next.changeLanguage(locale);
}

export function currentLocale(): Locale {
  return toLocale(i18next.language);
}

export function languageOf(locale: string): Language {
  return locale.startsWith("zh") ? "zh" : "en";
}

/** A server label in the given locale, with the other language where one is missing. */
export function inLocale(label: Label, locale: string): string {
  return languageOf(locale) === "zh" ? label.zh || label.en : label.en || label.zh;
}
