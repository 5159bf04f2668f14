import { expect, test } from "vitest";
import { deviceName } from "~/ui/device";

test("a browser is named by itself and its system, a program as it calls itself", () => {
  const edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0";
  const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
  expect(deviceName(edge)).toBe("Microsoft Edge · Windows");
  expect(deviceName(phone)).toBe("Safari · iOS");
  expect(deviceName("demo")).toBe("demo");
  expect(deviceName("Mozilla/5.0")).toBe("Mozilla/5.0");
  expect(deviceName(undefined)).toBe("");
});
