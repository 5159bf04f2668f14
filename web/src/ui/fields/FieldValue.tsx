/** The value of any field, as a person reads it. */
import { Badge, ColorSwatch, Group, Skeleton, Text } from "@mantine/core";
import { IconCheck, IconMinus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Choice, Field, Money } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { isEmpty } from "~/features/records/api";
import { useTitle } from "~/features/records/titles";
import { choiceOf } from "~/ui/format";
import { useFormat, useLabel } from "~/ui/useFormat";
import { FilesValue } from "./FilesInput";
import classes from "./fields.module.css";

interface Props {
  field: Field;
  value: unknown;
  /** In lists: one line, nothing for an empty value. */
  compact?: boolean;
}

export function FieldValue({ field, value, compact }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  if (isEmpty(value)) {
    return compact ? null : <Text span inherit c="dimmed" aria-label={t("field.empty")}>—</Text>;
  }
  switch (field.kind) {
    case "reference":
      return <ReferenceLink type={field.reference} id={String(value)} />;
    case "references":
      return <Several>{(value as string[]).map((id) => <ReferenceLink key={id} type={field.reference} id={id} />)}</Several>;
    case "choice":
    case "language":
      return <ChoiceBadge choices={field.choices} value={String(value)} />;
    case "choices":
      return <Several>{(value as string[]).map((one) => <ChoiceBadge key={one} choices={field.choices} value={one} />)}</Several>;
    case "boolean":
      return value
        ? <IconCheck size={18} role="img" aria-label={t("field.yes")} color="var(--mantine-color-jade-6)" />
        : <IconMinus size={18} role="img" aria-label={t("field.no")} color="var(--mantine-color-dimmed)" />;
    case "money":
      return <span>{format.money(value as Money | string)}</span>;
    case "integer":
      return <span>{isYear(field) ? String(value) : format.integer(value as number)}</span>;
    case "decimal":
      return <span>{format.number(value as string)}</span>;
    case "percent":
      return <span>{format.percent(value as number)}</span>;
    case "date":
      return <span>{format.date(String(value))}</span>;
    case "time":
      return <time dateTime={String(value)} title={format.dateTime(String(value))}>{compact ? format.ago(String(value)) : format.dateTime(String(value))}</time>;
    case "email":
      return <a className="gx-link" href={`mailto:${String(value)}`}>{String(value)}</a>;
    case "phone":
      return <a className="gx-link" href={`tel:${String(value).replace(/[^\d+]/g, "")}`}>{String(value)}</a>;
    case "url":
      return <WebLink value={String(value)} />;
    case "color":
      return <Group gap={6} wrap="nowrap"><ColorSwatch size={14} color={String(value)} />{String(value)}</Group>;
    case "long_text":
      return compact ? <span>{String(value).slice(0, 120)}</span> : <Text span inherit style={{ whiteSpace: "pre-wrap" }}>{String(value)}</Text>;
    case "map":
      return <ExternalIds value={value as Record<string, string>} />;
    case "lines":
      return compact ? <span>{format.integer((value as unknown[]).length)}</span> : <LinesValue field={field} lines={value as Record<string, unknown>[]} />;
    case "files":
      return compact ? <span>{format.integer((value as string[]).length)}</span> : <FilesValue ids={value as string[]} />;
    case "object":
      return <span>{Array.isArray(value) ? format.integer(value.length) : "…"}</span>;
    default:
      return <span>{String(value)}</span>;
  }
}

/** A line each: what it is for, then its values. */
function LinesValue({ field, lines }: { field: Field; lines: Record<string, unknown>[] }) {
  const inner = field.fields ?? [];
  return (
    <ul className={classes.lines}>
      {lines.map((line, index) => (
        <li key={index}>
          <Group gap={8} component="span">
            {inner.filter((one) => !isEmpty(line[one.name])).map((one) => (
              <Text key={one.name} span inherit c={one.kind === "choice" ? "dimmed" : undefined}><FieldValue field={one} value={line[one.name]} /></Text>
            ))}
          </Group>
        </li>
      ))}
    </ul>
  );
}

/** Years are numbers without grouping: 1996, not 1,996. */
function isYear(field: Field): boolean {
  return /(^|_)year(_|$)/.test(field.name);
}

function Several({ children }: { children: React.ReactNode }) {
  return <Group gap={6} component="span" display="inline-flex">{children}</Group>;
}

export function ChoiceBadge({ choices, value }: { choices: Choice[]; value: string }) {
  const label = useLabel();
  const choice = choiceOf(choices, value);
  const text = choice ? label(choice.label) : value;
  if (!choice?.color) return <span>{text}</span>;
  return <Chip color={choice.color}>{text}</Chip>;
}

function Chip({ color, gone, children }: { color: string; gone?: boolean; children: string }) {
  return <Badge className="gx-badge" variant="light" color={color} tt="none" radius="sm" fw={550} td={gone ? "line-through" : undefined}>{children}</Badge>;
}

/** Only web addresses become links: a script in a text field stays text. */
function WebLink({ value }: { value: string }) {
  const address = /^https?:\/\//i.test(value) ? value : /^[\w.-]+\.[a-z]{2,}(\/|$)/i.test(value) ? `https://${value}` : "";
  if (!address) return <span>{value}</span>;
  return <a className="gx-link" href={address} target="_blank" rel="noopener noreferrer">{value.replace(/^https?:\/\//i, "")}</a>;
}

export function ReferenceLink({ type, id }: { type: string; id: string }) {
  const { t } = useTranslation();
  const module = useMetadata().ofType(type);
  const title = useTitle(type, id);
  if (title === undefined) return <Skeleton component="span" display="inline-block" height={12} width={90} />;
  if (!title || !module) return <Text span inherit c="dimmed">{t("field.hidden")}</Text>;
  if (title.color) return <Chip color={title.color} gone={title.deleted}>{title.text}</Chip>;
  return (
    <Link className="gx-link" to="/$module/$id" params={{ module: module.name, id }} style={title.deleted ? { textDecoration: "line-through" } : undefined}>
      {title.text || t("field.untitled")}
    </Link>
  );
}

export function ExternalIds({ value }: { value: Record<string, string> }) {
  return (
    <Several>
      {Object.entries(value).map(([system, id]) => (
        <span key={system}><Text span c="dimmed" size="xs">{system}</Text> {id}</span>
      ))}
    </Several>
  );
}
