/** The organization's settings by what they are about. */
import type { Module } from "~/api/types";
import type { Section } from "~/app/metadata";
import { formFields } from "~/features/records/special";

const SECTIONS = {
  company: ["name", "legal_name", "phone", "address"],
  region: ["language", "time_zone", "date_format", "number_format", "currency", "fiscal_year_start_month"],
} as const;

/** What has no section of its own is a rule of how people log in. */
export function sectionsOf(module: Module): (Section & { name: keyof typeof SECTIONS | "security" })[] {
  const fields = formFields(module, false);
  const placed = new Set<string>(Object.values(SECTIONS).flat());
  const named = (["company", "region"] as const).map((name) => ({
    name,
    fields: SECTIONS[name].flatMap((wanted) => fields.find((field) => field.name === wanted) ?? []),
  }));
  return [...named, { name: "security" as const, fields: fields.filter((field) => !placed.has(field.name)) }]
    .filter(({ fields: own }) => own.length > 0);
}
