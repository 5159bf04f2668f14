/**
 * What lines come to, as the service computes it (services/sales/sales/pricing/rules.py; decision 10 says why), so that a
 * total is right while one still types. The same examples test both.
 */
import { add, divide, multiply, parse, round, subtract, ZERO, type Decimal } from "./decimal";

/** A line as the API has it: decimals are texts. */
export interface Line {
  id?: string;
  product_id?: string;
  description?: string;
  quantity?: string | null;
  unit?: string;
  unit_price?: string | null;
  discount_percent?: string | null;
  discount_amount?: string | null;
  tax_percent?: string | null;
  amount?: string;
  tax_amount?: string;
  shipped?: string;
  reserved?: string;
}

export interface Totals {
  subtotal: Decimal;
  discount: Decimal;
  tax: Decimal;
  total: Decimal;
}

const HUNDRED: Decimal = { digits: 100n, scale: 0 };

/** Digits of a currency's smallest unit (ISO 4217). */
export function placesOf(currency: string): number {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

const percentOf = (base: Decimal, percent: unknown, places: number): Decimal =>
  divide(multiply(base, parse(percent) ?? ZERO), HUNDRED, places);

export function amountOf(line: Line, places: number): Decimal {
  const quantity = line.quantity === undefined || line.quantity === null || line.quantity === "" ? "1" : line.quantity;
  const gross = round(multiply(parse(quantity) ?? ZERO, parse(line.unit_price) ?? ZERO), places);
  return subtract(gross, parse(line.discount_amount) ?? percentOf(gross, line.discount_percent, places));
}

export function priceLines(lines: Line[], percent: unknown, amount: unknown, places: number): Totals {
  const amounts = lines.map((line) => amountOf(line, places));
  const subtotal = amounts.reduce(add, ZERO);
  const discount = parse(amount) ?? percentOf(subtotal, percent, places);
  let [seen, shared, tax] = [ZERO, ZERO, ZERO];
  lines.forEach((line, index) => {
    const own = amounts[index] ?? ZERO;
    seen = add(seen, own);
    const upto = divide(multiply(discount, seen), subtotal, places);
    tax = add(tax, percentOf(subtract(own, subtract(upto, shared)), line.tax_percent, places));
    shared = upto;
  });
  return { subtotal, discount, tax, total: add(subtract(subtotal, discount), tax) };
}
