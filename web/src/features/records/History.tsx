/** Who changed what, from which value to which, from the audit log; for those who may read it. */
import { Button, Text, Timeline, Title, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { AuditEntry, Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { Changes } from "~/features/audit/Changes";
import { VERBS as LOGGED, type Verb } from "~/features/audit/search";
import { useFormat } from "~/ui/useFormat";
import classes from "./RecordPage.module.css";

const PAGE = 20;

interface Page {
  audit_entries?: AuditEntry[];
  next_page_token?: string;
}

export function History({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  const metadata = useMetadata();
  const [open, setOpen] = useState(false);
  const allowed = metadata.may("audit", "view");
  const query = useInfiniteQuery({
    queryKey: ["records", module.name, "history", record.id, record.etag],
    queryFn: ({ signal, pageParam }) =>
      get<Page>("/audit_entries", { resource: module.type, record_id: record.id, page_size: PAGE, page_token: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_page_token || undefined,
    enabled: allowed && open,
  });
  if (!allowed) return null;
  const entries = query.data?.pages.flatMap((page) => page.audit_entries ?? []) ?? [];
  return (
    <section className={classes.panel} aria-label={t("record.history")}>
      <UnstyledButton className={classes.fold} onClick={() => setOpen(!open)} aria-expanded={open}>
        <Title order={2} size="h3">{t("record.history")}</Title>
        <IconChevronDown size={18} aria-hidden />
      </UnstyledButton>
      {open && !query.isLoading && entries.length === 0 && <Text size="sm" c="dimmed" mt="xs">{t("record.noHistory")}</Text>}
      {open && entries.length > 0 && (
        <Timeline bulletSize={12} lineWidth={2} mt="md" active={entries.length}>
          {entries.map((entry) => <Entry key={entry.number} module={module} entry={entry} />)}
        </Timeline>
      )}
      {open && query.hasNextPage && (
        <Button variant="default" size="xs" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("audit.more")}</Button>
      )}
    </section>
  );
}

const VERBS = new Set(["created", "updated", "deleted", "undeleted", "imported", "handed_over", "invited", "activated", "deactivated", "converted", "reopened", "merged", "moved", "confirmed", "partly_shipped", "shipped", "completed", "cancelled", "became_overdue", "stock_changed"]);

function Entry({ module, entry }: { module: Module; entry: AuditEntry }) {
  const { t } = useTranslation();
  const format = useFormat();
  const logged = LOGGED.find((one): one is Verb => one === entry.verb);
  const verb = VERBS.has(entry.verb) ? t(`record.verb.${entry.verb as "created"}`) : logged ? t(`audit.verbs.${logged}`) : entry.verb;
  return (
    <Timeline.Item>
      <Text size="sm">
        <Text span inherit fw={600}>{entry.actor_name || t("record.system")}</Text>
        {" "}{verb}
        <Text span size="xs" c="dimmed"> · <time dateTime={entry.time}>{format.dateTime(entry.time)}</time></Text>
      </Text>
      <Changes module={module} entry={entry} />
    </Timeline.Item>
  );
}
