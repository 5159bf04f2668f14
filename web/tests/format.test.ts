import { describe, expect, it } from "vitest";
import { formatTotal, makeFormat, toInstant, toWallClock } from "../src/ui/format";
import type { DateStyle, NumberStyle } from "../src/ui/styles";

const zh = makeFormat({ locale: "zh-CN", timeZone: "Asia/Shanghai", currency: "CNY" });
const en = makeFormat({ locale: "en", timeZone: "America/New_York", currency: "USD" });

describe("amounts", () => {
  it("show their own currency, or the organization's", () => {
    expect(en.money({ currency_code: "USD", amount: "1054.00" })).toBe("$1,054");
    expect(zh.money("10005534")).toBe("¥10,005,534");
  });

  it("keep every digit of a decimal text", () => {
    expect(en.money("90071992547409931.25")).toBe("$90,071,992,547,409,931.25");
    expect(en.number("0.1234567890")).toBe("0.123456789");
  });

  it("show cents only where there are some", () => {
    expect(en.money("12.50")).toBe("$12.50");
    expect(en.money("12")).toBe("$12");
  });

  it("survive a currency nobody knows", () => {
    expect(en.money({ currency_code: "??", amount: "3" })).toBe("3");
  });

  it("show nothing for nothing", () => {
    expect(en.money(null)).toBe("");
  });
});

it("shows percents with the decimals given, two at most", () => {
  expect(en.percent("63.15")).toBe("63.15%");
  expect(en.percent("61.90")).toBe("61.90%");
  expect(en.percent(50)).toBe("50%");
});

describe("dates", () => {
  it("are days, whatever the time zone", () => {
    expect(en.date("2016-10-20")).toBe("Oct 20, 2016");
    expect(zh.date("2016-10-20")).toBe("2016年10月20日");
    expect(zh.month("2017-03")).toBe("2017年3月");
  });

  it("show times in the organization's time zone", () => {
    expect(zh.dateTime("2026-11-21T16:30:00Z")).toContain("2026年11月22日");
    expect(en.dateTime("2026-11-22T03:30:00Z")).toContain("Nov 21, 2026");
  });

  it("tell how long ago in words, and older ones as a day", () => {
    const now = Date.parse("2026-11-22T12:00:00Z");
    expect(en.ago("2026-11-22T11:57:00Z", now)).toBe("3 minutes ago");
    expect(zh.ago("2026-11-21T12:00:00Z", now)).toBe("昨天");
    expect(en.ago("2026-10-01T12:00:00Z", now)).toBe("Oct 1, 2026");
  });

  it("turn wall-clock times into moments and back, summer time included", () => {
    for (const wall of ["2026-07-01 08:30:00", "2026-12-01 08:30:00", "2026-03-08 12:00:00"]) {
      expect(toWallClock(toInstant(wall, "America/New_York"), "America/New_York")).toBe(wall);
    }
    expect(toInstant("2026-07-01 08:30:00", "Asia/Shanghai")).toBe("2026-07-01T00:30:00.000Z");
  });
});

it("says 10,000+ where the server stopped counting", () => {
  expect(formatTotal(10_001, en)).toBe("10,000+");
  expect(formatTotal(85, en)).toBe("85");
});

describe("an organization's own ways of writing", () => {
  const made = (locale: string, dateStyle: DateStyle, numberStyle: NumberStyle) =>
    makeFormat({ locale, timeZone: "Asia/Shanghai", currency: "EUR", dateStyle, numberStyle });
  const german = made("en", "dmy_dots", "dot");

  it("hold for days, months and times in every language", () => {
    expect(german.date("2026-01-09")).toBe("09.01.2026");
    expect(german.month("2026-01")).toBe("01.2026");
    expect(german.dateTime("2026-11-21T16:30:00Z")).toMatch(/^22\.11\.2026 12:30/);
    expect(german.ago("2026-01-01T12:00:00Z", Date.parse("2026-11-22T12:00:00Z"))).toBe("01.01.2026");
    expect(made("zh-CN", "mdy", "plain").date("2026-01-09")).toBe("01/09/2026");
    expect(made("zh-CN", "ymd_slashes", "plain").month("2026-01")).toBe("2026/01");
    expect(made("en", "dmy", "plain").month("2026-01")).toBe("01/2026");
    expect(made("en", "mdy", "plain").month("2026-01")).toBe("01/2026");
  });

  it("hold for numbers and amounts, to the last digit", () => {
    expect(german.money("90071992547409931.25")).toBe("\u20ac90.071.992.547.409.931,25");
    expect(german.number("1234567.5")).toBe("1.234.567,5");
    expect(german.integer(1234)).toBe("1.234");
    expect(german.percent("61.90")).toBe("61,90%");
    expect(made("en", "ymd", "space").number("1234567.5")).toBe("1\u202f234\u202f567,5");
    expect(made("en", "ymd", "apostrophe").number("1234567.5")).toBe("1\u2019234\u2019567.5");
    expect(made("zh-CN", "ymd", "plain").number("-1234567.5")).toBe("-1234567.5");
  });
});
