/** The line editor's totals are the service's: the same examples, tests/unit/selling/pricing.json. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { add, divide, multiply, parse, round, show, subtract } from "~/features/sales/decimal";
import { placesOf, priceLines, type Line } from "~/features/sales/pricing";

interface Example {
  what: string;
  currency: string;
  discount_percent?: string;
  discount_amount?: string;
  lines: Line[];
  [figure: string]: unknown;
}

const EXAMPLES = JSON.parse(readFileSync(new URL("../../tests/unit/selling/pricing.json", import.meta.url), "utf8")) as Example[];
const number = (text: string) => parse(text) ?? expect.fail(text);

test.each(EXAMPLES)("$what", (example) => {
  const found = priceLines(example.lines, example.discount_percent, example.discount_amount, placesOf(example.currency));
  for (const [name, amount] of Object.entries(found)) {
    expect([name, subtract(amount, number(String(example[name]))).digits]).toEqual([name, 0n]);
  }
});

test("decimals are exact, and a half goes away from zero", () => {
  expect(show(add(number("0.1"), number("0.2")))).toBe("0.3");
  expect(show(multiply(number("1,234.5"), number("-0.01")))).toBe("-12.345");
  expect(["0.005", "-0.005", "2.5", "-2.449"].map((text) => show(round(number(text), 2)))).toEqual(["0.01", "-0.01", "2.50", "-2.45"]);
  expect(show(divide(number("1"), number("3"), 4))).toBe("0.3333");
  expect(["", "x", "1.2.3", ".", "-"].map(parse)).toEqual([null, null, null, null, null]);
});
