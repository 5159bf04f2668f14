/** What an entry of the audit log changed: each field's value before and after. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { AuditEntry, Field, Module } from "~/api/types";
import { FieldValue } from "~/ui/fields/FieldValue";
import { useLabel } from "~/ui/useFormat";

type Values = Record<string, unknown>;

/** What log-ins and other acts say that are no records of a module. */
const OWN = { device: "audit.device", address: "audit.address" } as const;

type Changed = Pick<AuditEntry, "verb" | "changed_fields" | "before" | "after">;

export function Changes({ module, entry }: { module?: Module; entry: Changed }) {
  const { t } = useTranslation();
  const label = useLabel();
  const [before, after] = [read(entry.before), read(entry.after)];
  const told = Object.keys(before).length + Object.keys(after).length > 0;
  if (entry.changed_fields.length === 0) return null;
  if (!told) {
    const names = entry.changed_fields.map((name) => {
      const field = module?.fields.find((one) => one.name === name);
      return field ? label(field.label) : name;
    });
    return <Text size="sm" c="dimmed">{t("audit.changed", { fields: names.join(", ") })}</Text>;
  }
  return entry.changed_fields.filter((name) => module || name !== "id").map((name) => {
    const field = module?.fields.find((one) => one.name === name);
    const [from, to] = [valueAt(before, name), valueAt(after, name)];
    return (
      <Text key={name} size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        <Text span c="dimmed">{field ? label(field.label) : name in OWN ? t(OWN[name as keyof typeof OWN]) : name}: </Text>
        {entry.verb !== "created" && <><Value field={field} value={from} /> → </>}
        <Value field={field} value={to} />
      </Text>
    );
  });
}

function Value({ field, value }: { field?: Field; value: unknown }) {
  if (field && field.kind !== "object" && field.kind !== "map") return <FieldValue field={field} value={value} />;
  if (value === undefined || value === null || value === "") return <Text span c="dimmed">—</Text>;
  return <span>{typeof value === "string" ? value : JSON.stringify(value)}</span>;
}

function read(json: string): Values {
  try {
    return (JSON.parse(json) ?? {}) as Values;
  } catch {
    return {};
  }
}

/** A field's value; `custom.<key>` and `external_ids.<system>` stand one level below. */
function valueAt(values: Values, name: string): unknown {
  if (name in values) return values[name];
  const [group = "", ...rest] = name.split(".");
  const inner = values[group];
  return rest.length && typeof inner === "object" && inner !== null ? (inner as Values)[rest.join(".")] : undefined;
}
