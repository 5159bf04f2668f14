/** Who is in a group: the first of them, and the way to the list of all. */
import { Button, Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { listQuery, titleOf } from "~/features/records/api";
import { buildFilter, type Condition } from "~/features/records/filter";
import { parseFilter } from "~/features/records/parseFilter";
import classes from "~/features/records/RecordPage.module.css";
import type { PanelProps } from "~/features/records/special";
import { formatTotal } from "~/ui/format";
import { useFormat, useLabel } from "~/ui/useFormat";

const SHOWN = 10;

/** What a list of the members is filtered by. */
function listOf(members: Module, record: PanelProps["record"]): { where: Condition[]; q: string; raw: string } {
  if (record.kind !== "dynamic") return { where: [{ f: "group_ids", o: "any", v: [record.id] }], q: "", raw: "" };
  const text = String(record.filter ?? "");
  const parsed = parseFilter(text, members.fields);
  return parsed ? { where: parsed.conditions, q: parsed.search, raw: "" } : { where: [], q: "", raw: text };
}

export function GroupMembers({ record }: PanelProps) {
  const members = useMetadata().module(String(record.module ?? ""));
  return members ? <Members members={members} record={record} /> : null;
}

function Members({ members, record }: { members: Module; record: PanelProps["record"] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const search = listOf(members, record);
  const { data } = useQuery(listQuery(members.name, { filter: buildFilter(search.where, search.q, members.fields, search.raw), size: SHOWN }));
  return (
    <section className={classes.panel} aria-label={t("groups.members")}>
      <div className={classes.head}>
        <Group gap={8}>
          <Title order={2} size="h3">{t("groups.members")}</Title>
          {data && <Text size="sm" c="dimmed">{formatTotal(data.totalSize, format)}</Text>}
        </Group>
        <Button size="compact-sm" variant="light" renderRoot={(props) => <Link to="/$module" params={{ module: members.name }} search={search} {...props} />}>
          {t("groups.open", { what: label(members.plural) })}
        </Button>
      </div>
      {data?.records.length === 0 && <Text size="sm" c="dimmed">{t(record.kind === "dynamic" ? "groups.noneDynamic" : "groups.noneStatic")}</Text>}
      <ul className={classes.related}>
        {data?.records.map((one) => (
          <li key={one.id}>
            <Link className="gx-link" to="/$module/$id" params={{ module: members.name, id: one.id }}>{titleOf(one, members) || t("field.untitled")}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
