/** Exact decimals as far as amounts need them: numbers of JavaScript are binary fractions, and 0.1 + 0.2 is none of money. */
export interface Decimal {
  /** The number without its point. */
  digits: bigint;
  /** How many of them stand behind the point. */
  scale: number;
}

export const ZERO: Decimal = { digits: 0n, scale: 0 };

/** `"12.50"`; null where it is no plain number. Blanks and thousands separators (1,234.5) are let pass. */
export function parse(text: unknown): Decimal | null {
  const plain = String(text ?? "").replace(/[\s,，]/g, "");
  const found = /^([+-]?)(\d*)\.?(\d*)$/.exec(plain);
  if (!found || !(found[2] || found[3])) return null;
  const [, sign, whole = "", rest = ""] = found;
  const digits = BigInt(whole + rest || "0");
  return { digits: sign === "-" ? -digits : digits, scale: rest.length };
}

export function show({ digits, scale }: Decimal): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const [whole, rest] = [text.slice(0, text.length - scale), text.slice(text.length - scale)];
  return `${digits < 0n ? "-" : ""}${whole}${rest && `.${rest}`}`;
}

function aligned(one: Decimal, other: Decimal): [bigint, bigint, number] {
  const scale = Math.max(one.scale, other.scale);
  return [one.digits * 10n ** BigInt(scale - one.scale), other.digits * 10n ** BigInt(scale - other.scale), scale];
}

export function add(one: Decimal, other: Decimal): Decimal {
  const [first, second, scale] = aligned(one, other);
  return { digits: first + second, scale };
}

export const subtract = (one: Decimal, other: Decimal): Decimal => add(one, { digits: -other.digits, scale: other.scale });

export const multiply = (one: Decimal, other: Decimal): Decimal => ({ digits: one.digits * other.digits, scale: one.scale + other.scale });

/** One by the other, to so many digits, a half away from 0. */
export function divide(one: Decimal, other: Decimal, places: number): Decimal {
  if (other.digits === 0n) return ZERO;
  const [first, second] = aligned(one, other);
  const [above, below] = second < 0n ? [-first, -second] : [first, second];
  const doubled = (above < 0n ? -above : above) * 10n ** BigInt(places) * 2n + below;
  const size = doubled / (below * 2n);
  return { digits: above < 0n ? -size : size, scale: places };
}

/** To so many digits, a half away from 0. */
export const round = (number: Decimal, places: number): Decimal => divide(number, { digits: 1n, scale: 0 }, places);
