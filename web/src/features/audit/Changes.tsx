/** What an entry of the audit log changed: each field's value before and after. */
import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEntry, Field, Module } from "~/api/types";
import { deviceName } from "~/ui/device";
import { FieldValue } from "~/ui/fields/FieldValue";
import { useLabel } from "~/ui/useFormat";

/** Of an entry's fields; the others are seen on request. */
const SHOWN = 5;

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
  const lines = entry.changed_fields.filter((name) => module || name !== "id").map((name) => {
    const field = module?.fields.find((one) => one.name === name);
    const [from, to] = [before, after].map((values) => valueAt(values, name)).map((value) => (name === "device" && typeof value === "string" ? deviceName(value) : value));
    return (
      <Text key={name} size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        <Text span c="dimmed">{field ? label(field.label) : name in OWN ? t(OWN[name as keyof typeof OWN]) : name}: </Text>
        {entry.verb !== "created" && <><Value field={field} value={from} /> → </>}
        <Value field={field} value={to} />
      </Text>
    );
  });
  if (lines.length <= SHOWN + 1) return lines;
  return <>{lines.slice(0, SHOWN)}<Opened label={t("audit.moreFields", { number: lines.length - SHOWN })}>{lines.slice(SHOWN)}</Opened></>;
}

/** What is seen on request only. */
function Opened({ label, children }: { label: string; children: ReactNode }) {
  return (
    <details>
      <Text component="summary" size="sm" c="dimmed" style={{ cursor: "pointer" }}>{label}</Text>
      {children}
    </details>
  );
}

function Value({ field, value }: { field?: Field; value: unknown }) {
  const { t } = useTranslation();
  if (field && field.kind !== "object" && field.kind !== "map") return <FieldValue field={field} value={value} />;
  if (value === undefined || value === null || value === "") return <Text span c="dimmed">—</Text>;
  if (typeof value !== "object") return <span>{String(value)}</span>;
  const parts = Array.isArray(value) ? (value as unknown[]) : Object.entries(value).map(([name, inner]) => ({ [name]: inner as unknown }));
  if (parts.length === 0) return <Text span c="dimmed">—</Text>;
  if (parts.every((part) => typeof part !== "object")) return <span>{parts.map(String).join(" · ")}</span>;
  return (
    <Opened label={t("audit.entries", { count: parts.length })}>
      <ul style={{ margin: 0, paddingInlineStart: 18 }}>
        {parts.map((part, index) => <li key={index}>{plain(part)}</li>)}
      </ul>
    </Opened>
  );
}

/** `module: accounts · operation: view` */
function plain(part: unknown): string {
  if (typeof part !== "object" || part === null) return String(part);
  return Object.entries(part).map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join(" · ");
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
