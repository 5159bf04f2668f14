/** Ways of writing days and numbers that an organization may settle on, whatever the reader's language. Pure. */

/** How a day is written, by the value of `date_format`; what the date pickers show and take. */
export const DATE_PATTERNS = {
  ymd: "YYYY-MM-DD",
  ymd_slashes: "YYYY/MM/DD",
  dmy: "DD/MM/YYYY",
  dmy_dots: "DD.MM.YYYY",
  mdy: "MM/DD/YYYY",
} as const;

/** Between groups of digits, and before the decimals, by the value of `number_format`. */
const SEPARATORS = {
  comma: [",", "."],
  dot: [".", ","],
  // Narrow and unbreakable: a number is one word.
  space: ["\u202f", ","],
  apostrophe: ["\u2019", "."],
  plain: ["", "."],
} as const;

export type DateStyle = keyof typeof DATE_PATTERNS;
export type NumberStyle = keyof typeof SEPARATORS;

export const DATE_STYLES = Object.keys(DATE_PATTERNS) as DateStyle[];
export const NUMBER_STYLES = Object.keys(SEPARATORS) as NumberStyle[];

export const dateStyleOf = (value: string | undefined): DateStyle | undefined =>
  value && value in DATE_PATTERNS ? (value as DateStyle) : undefined;
export const numberStyleOf = (value: string | undefined): NumberStyle | undefined =>
  value && value in SEPARATORS ? (value as NumberStyle) : undefined;

/** `2026-11-22` → `22.11.2026`. */
export function writeDay(day: string, style: DateStyle): string {
  const [year = "", month = "", date = ""] = day.split("-");
  return DATE_PATTERNS[style].replace("YYYY", year).replace("MM", month).replace("DD", date);
}

/** `2026-11` → `11.2026`. */
export function writeMonth(month: string, style: DateStyle): string {
  const [year = "", number = ""] = month.split("-");
  const pattern = DATE_PATTERNS[style].replace(/[./-]DD|DD[./-]/, "");
  return pattern.replace("YYYY", year).replace("MM", number);
}

/** As a formatter writes it, with the separators of a style. */
export function writeNumber(how: Intl.NumberFormat, value: Intl.StringNumericLiteral | number, style?: NumberStyle): string {
  if (!style) return how.format(value);
  const [group, decimal] = SEPARATORS[style];
  return how
    .formatToParts(value)
    .map((part) => (part.type === "group" ? group : part.type === "decimal" ? decimal : part.value))
    .join("");
}

/** What a style looks like. */
export function numberSample(style: NumberStyle): string {
  return writeNumber(new Intl.NumberFormat("en"), 1_234_567.89, style);
}
