/** The audit log: who did what, when and from where; filtered, searched, and taken along as a file. */
import { Button, Code, Group, Skeleton, Text } from "@mantine/core";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { get, post } from "~/api/client";
import type { AuditEntry } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { useSession } from "~/app/session";
import { Missing } from "~/app/shell/states";
import classes from "~/features/admin/admin.module.css";
import { SettingsLink } from "~/features/admin/SettingsLink";
import { useExportJob, type Export } from "~/features/records/export";
import { EmptyState } from "~/ui/EmptyState";
import { errorText } from "~/ui/errors";
import { ReferenceLink } from "~/ui/fields/FieldValue";
import { PageHeader } from "~/ui/PageHeader";
import { useFormat, useLabel } from "~/ui/useFormat";
import { AuditFilters } from "./AuditFilters";
import { Changes } from "./Changes";
import { filterOf, moduleOf, ownOf, VERBS, type AuditSearch, type Verb } from "./search";

const PAGE = 50;

interface Page {
  audit_entries?: AuditEntry[];
  next_page_token?: string;
}

export function AuditPage() {
  const { t } = useTranslation();
  const metadata = useMetadata();
  const search = useSearch({ from: "/inside/settings/audit" });
  const navigate = useNavigate({ from: "/settings/audit" });
  const { organization } = useSession();
  const filter = filterOf(search, organization.time_zone);
  const allowed = metadata.may("audit", "view");
  const query = useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: ({ signal, pageParam }) => get<Page>("/audit_entries", { ...filter, page_size: PAGE, page_token: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_page_token || undefined,
    enabled: allowed,
  });
  const { start, busy } = useExportJob(() => post<Export>("/audit_entries:export", { filter, byte_order_mark: true }));
  if (!allowed) return <Missing />;
  const entries = query.data?.pages.flatMap((page) => page.audit_entries ?? []);
  const change = (changed: Partial<AuditSearch>): void => {
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true });
  };
  return (
    <>
      <PageHeader
        title={t("audit.title")}
        above={<SettingsLink />}
        actions={metadata.may("audit", "export") && (
          <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={busy} onClick={start}>{t("audit.export")}</Button>
        )}
      />
      <div className={classes.body}>
        <AuditFilters search={search} onChange={change} />
        {query.isError && <Text c="red" role="alert">{errorText(query.error)}</Text>}
        {query.isLoading && <Skeleton height={240} />}
        {entries?.length === 0 && <EmptyState icon={IconHistory} title={t("audit.none")} hint={t("audit.noneHint")} />}
        {Boolean(entries?.length) && (
          <div className={classes.panel} role="list" aria-label={t("audit.title")}>
            {entries?.map((entry) => <Entry key={entry.number} entry={entry} />)}
          </div>
        )}
        {query.hasNextPage && (
          <Group justify="center" mt="md">
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("audit.more")}</Button>
          </Group>
        )}
      </div>
    </>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const { modules } = useMetadata();
  const module = moduleOf(modules, entry.resource);
  const own = ownOf(entry.resource);
  const verb = VERBS.find((one): one is Verb => one === entry.verb);
  const what = module ? label(module.label) : own ? t(`audit.own.${own}`) : entry.resource;
  return (
    <div className={classes.row} role="listitem" style={{ alignItems: "flex-start" }}>
      <div style={{ flex: 1, minWidth: 0 }}>
        <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
          <Text span inherit fw={600}>{entry.actor_name || (entry.actor_id ? <Code>{entry.actor_id}</Code> : t("record.system"))}</Text>
          {" · "}{verb ? t(`audit.verbs.${verb}`) : entry.verb}{" · "}{what}
          {module && <>{" "}<ReferenceLink type={module.type} id={entry.record_id} /></>}
        </Text>
        <Text size="xs" c="dimmed">
          <time dateTime={entry.time}>{format.dateTime(entry.time)}</time>
          {entry.address && ` · ${entry.address}`}{` · #${entry.number}`}
        </Text>
        <Changes module={module} entry={entry} />
      </div>
    </div>
  );
}
