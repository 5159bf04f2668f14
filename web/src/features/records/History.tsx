/** Who changed what, from the audit log; for those who may read it. */
import { Text, Timeline, Title, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { AuditEntry, Field, Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { FieldValue, ReferenceLink } from "~/ui/fields/FieldValue";
import { useFormat, useLabel } from "~/ui/useFormat";
import classes from "./RecordPage.module.css";

const PAGE = 20;

export function History({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  const metadata = useMetadata();
  const [open, setOpen] = useState(false);
  const allowed = metadata.may("audit", "view");
  const { data, isLoading } = useQuery({
    queryKey: ["records", module.name, "history", record.id, record.etag],
    queryFn: ({ signal }) => get<{ audit_entries?: AuditEntry[] }>("/audit_entries", { resource: module.type, record_id: record.id, page_size: PAGE }, signal),
    enabled: allowed && open,
  });
  if (!allowed) return null;
  const entries = data?.audit_entries ?? [];
  return (
    <section className={classes.panel} aria-label={t("record.history")}>
      <UnstyledButton className={classes.fold} onClick={() => setOpen(!open)} aria-expanded={open}>
        <Title order={2} size="h3">{t("record.history")}</Title>
        <IconChevronDown size={18} aria-hidden />
      </UnstyledButton>
      {open && !isLoading && entries.length === 0 && <Text size="sm" c="dimmed" mt="xs">{t("record.noHistory")}</Text>}
      {open && entries.length > 0 && (
        <Timeline bulletSize={12} lineWidth={2} mt="md" active={entries.length}>
          {entries.map((entry) => <Entry key={entry.number} module={module} entry={entry} />)}
        </Timeline>
      )}
    </section>
  );
}

const VERBS = new Set(["created", "updated", "deleted", "undeleted", "imported", "handed_over", "invited", "activated", "deactivated"]);

function Entry({ module, entry }: { module: Module; entry: AuditEntry }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const [before, after] = [read(entry.before), read(entry.after)];
  const fields = entry.changed_fields.flatMap((name) => module.fields.find((field) => field.name === name) ?? []);
  const verb = entry.verb.split(".").at(-1) ?? "";
  return (
    <Timeline.Item>
      <Text size="sm">
        {entry.actor_id ? <ReferenceLink type="identity.User" id={entry.actor_id} /> : t("record.system")}
        {" "}{VERBS.has(verb) ? t(`record.verb.${verb as "created"}`) : verb}
        <Text span size="xs" c="dimmed"> · <time dateTime={entry.time} title={format.dateTime(entry.time)}>{format.ago(entry.time)}</time></Text>
      </Text>
      {verb !== "created" && fields.map((field) => (
        <Text key={field.name} size="sm" component="div">
          <Text span c="dimmed">{label(field.label)}: </Text>
          <FieldValue field={field} value={of(before, field)} /> → <FieldValue field={field} value={of(after, field)} />
        </Text>
      ))}
    </Timeline.Item>
  );
}

function read(json: string): Record<string, unknown> {
  try {
    return (JSON.parse(json) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function of(values: Record<string, unknown>, field: Field): unknown {
  const custom = values.custom as Record<string, unknown> | undefined;
  return values[field.name] ?? (field.name.startsWith("custom.") ? custom?.[field.name.slice(7)] : undefined);
}
