/** Time zones and currencies to choose from, and what the browser suggests. */

export interface Option {
  value: string;
  label: string;
}

const CURRENCY_OF_REGION: Record<string, string> = {
  CN: "CNY", HK: "HKD", TW: "TWD", MO: "MOP", US: "USD", GB: "GBP", JP: "JPY", KR: "KRW", SG: "SGD", MY: "MYR",
  TH: "THB", VN: "VND", ID: "IDR", IN: "INR", AU: "AUD", NZ: "NZD", CA: "CAD", CH: "CHF", SE: "SEK", NO: "NOK",
  DK: "DKK", PL: "PLN", BR: "BRL", MX: "MXN", ZA: "ZAR", AE: "AED",
  DE: "EUR", FR: "EUR", IT: "EUR", ES: "EUR", NL: "EUR", AT: "EUR", BE: "EUR", IE: "EUR", FI: "EUR", PT: "EUR",
};
const CHINESE_ZONES = new Set(["Asia/Shanghai", "Asia/Chongqing", "Asia/Urumqi", "Asia/Harbin", "PRC"]);

export function suggestedTimeZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && timeZones().includes(zone) ? zone : "Asia/Shanghai";
}

/** The time zone says more than the browser's language: many a browser in China speaks en-US. */
export function suggestedCurrency(language: string, zone: string): string {
  if (CHINESE_ZONES.has(zone)) return "CNY";
  const region = new Intl.Locale(language).maximize().region ?? "";
  return CURRENCY_OF_REGION[region] ?? "USD";
}

export function timeZones(): string[] {
  const zones = Intl.supportedValuesOf("timeZone");
  return zones.includes("UTC") ? zones : ["UTC", ...zones];
}

/** `Asia/Shanghai (GMT+8)` */
export function timeZoneOptions(): Option[] {
  return timeZones().map((zone) => {
    const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts();
    const offset = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
    return { value: zone, label: `${zone.replaceAll("_", " ")} (${offset})` };
  });
}

const COMMON = ["CNY", "USD", "EUR", "HKD", "JPY", "GBP"];

/** `CNY · 人民币`, the common ones first. */
export function currencyOptions(locale: string): Option[] {
  const names = new Intl.DisplayNames(locale, { type: "currency" });
  const rest = Intl.supportedValuesOf("currency").filter((code) => !COMMON.includes(code));
  return [...COMMON, ...rest].map((code) => ({ value: code, label: `${code} · ${names.of(code) ?? code}` }));
}
