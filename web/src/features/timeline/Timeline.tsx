/** What happened around a customer in every service, newest first. */
import { Alert, Button, Chip, Group, Skeleton, Spoiler, Text, ThemeIcon, Timeline as Stream, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { components } from "~/api/schema";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { iconOf } from "~/app/shell/icons";
import { Changes } from "~/features/audit/Changes";
import classes from "~/features/records/RecordPage.module.css";
import { FieldValue } from "~/ui/fields/FieldValue";
import { errorText } from "~/ui/errors";
import { useFormat, useLabel } from "~/ui/useFormat";

type Page = components["schemas"]["ListTimelineEntriesResponse"];
type TimelineEntry = components["schemas"]["TimelineEntry"];

/** Modules whose records have a timeline, and the kinds of records that stand on one. */
const PLACES = ["accounts", "contacts", "leads"];
const TOLD = ["interactions", "tasks", "opportunities", "orders", "tickets", ...PLACES];
const VERBS = ["created", "updated", "deleted", "undeleted", "imported", "handed_over", "converted", "reopened", "merged", "confirmed", "partly_shipped", "shipped", "completed", "cancelled", "became_overdue"] as const;
/** References that the page itself, or who wrote, tells already. */
const CONTEXT = /^(customers\.(Account|Contact|Lead)|identity\.User)$/;
const PAGE = 20;

export const hasTimeline = (module: Module): boolean => PLACES.includes(module.name);

export function Timeline({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  const metadata = useMetadata();
  const label = useLabel();
  const [only, setOnly] = useState("");
  const query = useInfiniteQuery({
    queryKey: ["timeline", module.name, record.id, only],
    queryFn: ({ signal, pageParam }) =>
      get<Page>("/timeline_entries", { module: module.name, record_id: record.id, modules: only ? [only] : undefined, page_size: PAGE, page_token: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_page_token || undefined,
  });
  const entries = query.data?.pages.flatMap((page) => page.timeline_entries ?? []) ?? [];
  const kinds = TOLD.flatMap((name) => metadata.module(name) ?? []);
  return (
    <section className={classes.panel} aria-label={t("timeline.title")}>
      <Title order={2} size="h3" mb="xs">{t("timeline.title")}</Title>
      <Chip.Group value={only} onChange={(value) => setOnly(String(value))}>
        <Group gap={6} mb="md" role="group" aria-label={t("timeline.show")}>
          <Chip value="" size="xs">{t("timeline.all")}</Chip>
          {kinds.map((kind) => (
            <Chip key={kind.name} value={kind.name} size="xs">{kind.name === module.name ? t("timeline.own") : label(kind.plural)}</Chip>
          ))}
        </Group>
      </Chip.Group>
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <Alert color="red" role="alert">{errorText(query.error)}</Alert>}
      {query.isSuccess && entries.length === 0 && <Text size="sm" c="dimmed">{t("timeline.none")}</Text>}
      {entries.length > 0 && (
        <Stream bulletSize={24} lineWidth={2} active={entries.length}>
          {entries.map((entry) => <Entry key={entry.id} entry={entry} own={entry.record_id === record.id} />)}
        </Stream>
      )}
      {query.hasNextPage && (
        <Button variant="default" size="xs" mt="md" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("audit.more")}</Button>
      )}
    </section>
  );
}

function Entry({ entry, own }: { entry: TimelineEntry; own: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const module = useMetadata().module(entry.module ?? "");
  if (!module || !entry.time) return null;
  const Sign = iconOf(module.name, module.icon);
  const told = (verb: string, itself: boolean): string => {
    const known = VERBS.find((one) => one === verb);
    return known ? t(itself ? `record.verb.${known}` : `timeline.verb.${known}`) : verb;
  };
  const said = module.name === "interactions";
  return (
    <Stream.Item bullet={<ThemeIcon size={24} radius="xl" variant="light"><Sign size={14} aria-hidden /></ThemeIcon>}>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        <Text span inherit fw={600}>{entry.actor_name || t("record.system")}</Text>
        {!said && <>{" "}{told(entry.verb ?? "", own)}</>}
        {!own && (
          <>
            {" "}{label(module.label)}{" "}
            <Link to="/$module/$id" params={{ module: module.name, id: entry.record_id ?? "" }}>{entry.title || t("field.untitled")}</Link>
          </>
        )}
        <Text span size="xs" c="dimmed"> · <time dateTime={entry.time}>{format.dateTime(entry.time)}</time></Text>
      </Text>
      {said ? <Said module={module} entry={entry} /> : <Changed module={module} entry={entry} />}
    </Stream.Item>
  );
}

/** What an interaction says: how, with what outcome, and its words. */
function Said({ module, entry }: { module: Module; entry: TimelineEntry }) {
  const { t } = useTranslation();
  const values = JSON.parse(entry.after || "{}") as Record<string, unknown>;
  const facts = ["kind", "direction", "outcome"].flatMap((name) => {
    const field = module.fields.find((one) => one.name === name);
    return field && values[name] ? [<FieldValue key={name} field={field} value={values[name]} />] : [];
  });
  return (
    <>
      <Group gap={6} fz="sm" c="dimmed">{facts}</Group>
      {typeof values.body === "string" && (
        <Spoiler maxHeight={84} showLabel={t("timeline.whole")} hideLabel={t("timeline.less")}>
          <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{values.body}</Text>
        </Spoiler>
      )}
    </>
  );
}

/** Of something new, in one line what lists show of it beside its customers and its owner; of a change, all of it. */
function Changed({ module, entry }: { module: Module; entry: TimelineEntry }) {
  const label = useLabel();
  const { verb = "", before = "{}", after = "{}", changed_fields: changed = [] } = entry;
  if (verb !== "created") return <Changes module={module} entry={{ verb, before, after, changed_fields: changed }} />;
  const values = JSON.parse(after) as Record<string, unknown>;
  const shown = module.fields.filter(({ name, listed, reference }) =>
    listed && name in values && name !== module.title_field && !CONTEXT.test(reference));
  return (
    <Group gap={12}>
      {shown.map((field) => (
        <Text key={field.name} size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
          <Text span c="dimmed">{label(field.label)}: </Text><FieldValue field={field} value={values[field.name]} />
        </Text>
      ))}
    </Group>
  );
}
