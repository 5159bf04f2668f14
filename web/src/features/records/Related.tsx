/** Records of other modules that refer to this one: newest first, with the way to all of them and to a new one. */
import { ActionIcon, Group, Skeleton, Text, Title, Tooltip } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Field, Module, Rec } from "~/api/types";
import { readableFields } from "~/app/metadata";
import { iconOf } from "~/app/shell/icons";
import { FieldValue } from "~/ui/fields/FieldValue";
import { formatTotal } from "~/ui/format";
import { useFormat, useLabel } from "~/ui/useFormat";
import { isEmpty, listQuery, titleOf, valueOf } from "./api";
import { buildFilter, type Condition } from "./filter";
import classes from "./RecordPage.module.css";

const SHOWN = 5;

export interface RelatedBy {
  other: Module;
  field: Field;
}

/** The ways in which other records can refer to one of this module. */
export function relatedTo(module: Module, modules: Module[]): RelatedBy[] {
  // What was said to them has a panel of its own.
  return modules.filter((other) => other.name !== "interactions" || module.name === "tasks").flatMap((other) =>
    other.fields
      .filter((field) => field.reference === module.type && field.filterable && (field.kind === "reference" || field.kind === "references"))
      .map((field) => ({ other, field })));
}

export function Related({ module, record, links }: { module: Module; record: Rec; links: RelatedBy[] }) {
  return links.map(({ other, field }) => <RelatedList key={`${other.name}.${field.name}`} module={other} by={field} record={record} home={module} />);
}

interface ListProps {
  module: Module;
  by: Field;
  record: Rec;
  home: Module;
}

function RelatedList({ module, by, record, home }: ListProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const where: Condition[] = [{ f: by.name, o: "any", v: [record.id] }];
  const { data } = useQuery(listQuery(module.name, { filter: buildFilter(where, "", module.fields), size: SHOWN }));
  const Sign = iconOf(module.name, module.icon);
  // A module that refers to this one in several ways, or to itself, says which way is meant.
  const several = module.name === home.name || module.fields.filter((field) => field.reference === home.type).length > 1;
  const across = otherSide(module, by);
  const name = label(module.plural) + (several ? ` · ${label(by.label)}` : "");

  return (
    <section className={classes.panel} aria-label={name} style={{ margin: 0 }}>
      <div className={classes.head}>
        <Group gap={8} wrap="nowrap">
          <Sign size={18} stroke={1.6} aria-hidden />
          <Title order={2} size="h3">{name}</Title>
          {data && <Text size="sm" c="dimmed">{formatTotal(data.totalSize, format)}</Text>}
        </Group>
        {module.operations.includes("create") && !by.output_only && !record.delete_time && (
          <Tooltip label={t("form.new", { what: label(module.label) })}>
            <ActionIcon
              variant="subtle"
              aria-label={t("form.new", { what: label(module.label) })}
              renderRoot={(props) => <Link to="/$module/new" params={{ module: module.name }} search={{ preset: { [by.name]: record.id } }} {...props} />}
            >
              <IconPlus size={18} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {!data && <Skeleton height={40} />}
      {data?.records.length === 0 && <Text size="sm" c="dimmed">{t("record.noneRelated")}</Text>}
      <ul className={classes.related}>
        {data?.records.map((one) => (
          <li key={one.id}>
            {across && <><FieldValue field={across} value={one[across.name]} compact />{" · "}</>}
            <Link className="gx-link" to="/$module/$id" params={{ module: module.name, id: one.id }}>{titleOf(one, module) || t(across ? "record.details" : "field.untitled")}</Link>
            <Facts module={module} by={by} across={across} record={one} />
          </li>
        ))}
      </ul>
      {data && data.totalSize > SHOWN && (
        <Link className="gx-link" to="/$module" params={{ module: module.name }} search={{ where }} style={{ fontSize: 14 }}>
          {t("record.all", { total: formatTotal(data.totalSize, format) })}
        </Link>
      )}
    </section>
  );
}

/** What a record that joins two others joins this one with. */
function otherSide(module: Module, by: Field): Field | undefined {
  const sides = module.fields.filter((field) => field.kind === "reference" && field.required);
  return sides.length === 2 && sides.includes(by) ? sides.find((field) => field !== by) : undefined;
}

/** Two more facts that tell related records apart. */
function Facts({ module, by, across, record }: { module: Module; by: Field; across?: Field; record: Rec }) {
  const fields = readableFields(module).filter(
    (field) => field.listed && field.name !== by.name && field !== across && field.name !== module.title_field && field.name !== "owner_id" && !isEmpty(valueOf(record, field)),
  );
  if (fields.length === 0) return null;
  return (
    <Group gap={10} c="dimmed" fz={13}>
      {fields.slice(0, 3).map((field) => <FieldValue key={field.name} field={field} value={valueOf(record, field)} compact />)}
    </Group>
  );
}
