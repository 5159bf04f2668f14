import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "../src/locales/en.json";
import zh from "../src/locales/zh-CN.json";

const SOURCES = join(import.meta.dirname, "../src");

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") all.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) all.set(inner, text);
  }
  return all;
}

/** Chinese has one plural form, English two: keys are compared without the form. */
const stem = (key: string): string => key.replace(/_(zero|one|two|few|many|other)$/, "");

const sources = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(SOURCES, name), "utf8") }));
const [english, chinese] = [flat(en as Tree), flat(zh as Tree)];
const stems = (texts: Map<string, string>): string[] => [...new Set([...texts.keys()].map(stem))].sort();

describe("texts", () => {
  it("exist in both languages", () => {
    expect(stems(chinese)).toEqual(stems(english));
  });

  it("have the same placeholders in both languages", () => {
    const holders = (text: string): string[] => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1] ?? "").sort();
    for (const [key, text] of chinese) expect([key, ...holders(text)]).toEqual([key, ...holders(english.get(key) ?? "")]);
  });

  it("are all used", () => {
    const code = sources.map(({ text }) => text).join("\n");
    const literals = new Set([...code.matchAll(/"([a-zA-Z_.]+)"/g)].map((match) => match[1]));
    const prefixes = [...code.matchAll(/`([a-zA-Z_.]+\.)\$\{/g)].map((match) => match[1] ?? "");
    const unused = stems(english).filter((key) => !literals.has(key) && !prefixes.some((prefix) => key.startsWith(prefix)));
    expect(unused).toEqual([]);
  });

  it("are nowhere written into components", () => {
    // Names of languages are written in themselves.
    const allowed = /^(简体中文|关系|Guanxi|English)$/;
    const found = sources.flatMap(({ name, text }) =>
      [...text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").matchAll(/[\u4e00-\u9fff]+/g)].map((match) => `${name}: ${match[0]}`));
    expect(found.filter((one) => !allowed.test(one.split(": ")[1] ?? ""))).toEqual([]);
  });

  it("have no Chinese in English and no empty ones", () => {
    for (const [key, text] of english) expect([key, /[\u4e00-\u9fff]/.test(text), text.trim() === ""]).toEqual([key, false, false]);
    for (const [key, text] of chinese) expect([key, text.trim() === ""]).toEqual([key, false]);
  });
});
