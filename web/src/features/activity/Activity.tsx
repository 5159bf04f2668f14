/** What passed between us and whom a record is about: a composer, and what was written down, newest first. */
import { Badge, Button, Group, Skeleton, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { listQuery, titleOf } from "~/features/records/api";
import { buildFilter } from "~/features/records/filter";
import panels from "~/features/records/RecordPage.module.css";
import { FieldValue, ReferenceLink } from "~/ui/fields/FieldValue";
import { formatTotal } from "~/ui/format";
import { useFormat, useLabel } from "~/ui/useFormat";
import classes from "./activity.module.css";
import { Composer } from "./Composer";
import { KIND_ICONS } from "./kinds";
import { aboutField } from "./links";

const STEP = 10;
const MOST = 100;

export default function Activity({ module: home, record }: { module: Module; record: Rec }) {
  const metadata = useMetadata();
  const module = metadata.module("interactions");
  const about = aboutField(module, home);
  if (!module || !about) return null;
  return <Log key={record.id} module={module} by={about.name} home={home} record={record} />;
}

function Log({ module, by, home, record }: { module: Module; by: string; home: Module; record: Rec }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const [size, setSize] = useState(STEP);
  const where = [{ f: by, o: "any" as const, v: [record.id] }];
  const { data } = useQuery(listQuery(module.name, { filter: buildFilter(where, "", module.fields), order: "start_time desc", size }));
  const name = label(module.plural);
  return (
    <section className={panels.panel} aria-label={name}>
      <div className={panels.head}>
        <Group gap={8}>
          <Title order={2}>{name}</Title>
          {data && <Text size="sm" c="dimmed">{formatTotal(data.totalSize, format)}</Text>}
        </Group>
      </div>
      {module.operations.includes("create") && !record.delete_time && <Composer module={module} home={home} record={record} />}
      {!data && <Skeleton height={60} />}
      {data?.records.length === 0 && <Text size="sm" c="dimmed">{t("activity.none")}</Text>}
      <ul className={classes.log}>
        {data?.records.map((one) => <Entry key={one.id} module={module} entry={one} />)}
      </ul>
      {data && data.totalSize > size && (
        <Group mt="sm" gap="md">
          {size < MOST && <Button variant="default" size="compact-sm" onClick={() => setSize(Math.min(size + STEP, MOST))}>{t("activity.more")}</Button>}
          <Link className="gx-link" to="/$module" params={{ module: module.name }} search={{ where }} style={{ fontSize: 14 }}>
            {t("record.all", { total: formatTotal(data.totalSize, format) })}
          </Link>
        </Group>
      )}
    </section>
  );
}

function Entry({ module, entry }: { module: Module; entry: Rec }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const field = (name: string) => module.fields.find((one) => one.name === name);
  const kind = field("kind")?.choices.find((choice) => choice.value === entry.kind);
  const Sign = KIND_ICONS[String(entry.kind)] ?? KIND_ICONS.note;
  const text = (name: string): string => (typeof entry[name] === "string" ? entry[name] : "");
  const [outcome, attachments] = [field("outcome"), field("attachment_ids")];
  const files = Array.isArray(entry.attachment_ids) ? entry.attachment_ids : [];
  return (
    <li className={classes.entry}>
      <ThemeIcon variant="light" size={30} radius="xl" color="gray" aria-label={kind && label(kind.label)} role="img"><Sign size={16} aria-hidden /></ThemeIcon>
      <div className={classes.what}>
        <Group gap={8} wrap="wrap">
          <Link className="gx-link" to="/$module/$id" params={{ module: module.name, id: entry.id }}>{titleOf(entry, module) || t("field.untitled")}</Link>
          {outcome && text("outcome") && <Badge variant="default" tt="none" fw={500} radius="sm"><FieldValue field={outcome} value={entry.outcome} compact /></Badge>}
        </Group>
        <Text size="xs" c="dimmed" component="div">
          {format.dateTime(text("start_time"))}
          {text("owner_id") && <> · <ReferenceLink type="identity.User" id={text("owner_id")} /></>}
          {typeof entry.duration_minutes === "number" && <> · {t("activity.minutes", { count: entry.duration_minutes })}</>}
        </Text>
        {text("body") && <Text size="sm" className={classes.body} lineClamp={6}>{text("body")}</Text>}
        {attachments && files.length > 0 && <Text size="sm" component="div"><FieldValue field={attachments} value={files} /></Text>}
        {(text("next_step") || text("next_step_date")) && (
          <Text size="sm" component="div">
            {t("activity.next")} {text("task_id")
              ? <Link className="gx-link" to="/$module/$id" params={{ module: "tasks", id: text("task_id") }}>{text("next_step") || t("activity.followUp")}</Link>
              : text("next_step")} {text("next_step_date") && <Text span inherit c="dimmed">{format.date(text("next_step_date"))}</Text>}
          </Text>
        )}
      </div>
    </li>
  );
}
