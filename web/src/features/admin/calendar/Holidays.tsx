/** The holidays of a year, swapped working days among them. */
import { ActionIcon, Badge, Button, Group, Skeleton, Text } from "@mantine/core";
import { IconCalendarOff, IconChevronLeft, IconChevronRight, IconFileImport, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { useSession } from "~/app/session";
import { listQuery } from "~/features/records/api";
import { Section } from "~/features/profile/Section";
import { EmptyState } from "~/ui/EmptyState";
import { dayIn } from "~/ui/format";
import { useFormat } from "~/ui/useFormat";
import classes from "../admin.module.css";

/** More than any year has. */
const MOST = 200;

export function Holidays({ module }: { module: Module }) {
  const { t } = useTranslation();
  const { organization } = useSession();
  const [year, setYear] = useState(() => Number(dayIn(organization.time_zone).slice(0, 4)));
  const { data } = useQuery(listQuery("holidays", { filter: `date >= "${year}-01-01" AND date <= "${year}-12-31"`, order: "date", size: MOST }));
  const actions = (
    <>
      {module.operations.includes("import") && (
        <Button variant="default" leftSection={<IconFileImport size={16} aria-hidden />} renderRoot={(props) => <Link to="/imports/new" search={{ module: "holidays" }} {...props} />}>
          {t("calendar.import")}
        </Button>
      )}
      {module.operations.includes("create") && (
        <Button leftSection={<IconPlus size={16} aria-hidden />} renderRoot={(props) => <Link to="/$module/new" params={{ module: "holidays" }} {...props} />}>
          {t("calendar.addHoliday")}
        </Button>
      )}
    </>
  );
  return (
    <Section title={t("calendar.holidays")} hint={t("calendar.holidaysHint")}>
      <Group justify="space-between" mb="sm">
        <Group gap={4}>
          <ActionIcon variant="default" size="lg" aria-label={t("calendar.before")} onClick={() => setYear(year - 1)}><IconChevronLeft size={16} /></ActionIcon>
          <Text fw={600} px={6} aria-live="polite">{year}</Text>
          <ActionIcon variant="default" size="lg" aria-label={t("calendar.after")} onClick={() => setYear(year + 1)}><IconChevronRight size={16} /></ActionIcon>
        </Group>
        <Group gap="xs">{actions}</Group>
      </Group>
      {!data && <Skeleton height={90} />}
      {data?.records.length === 0 && <EmptyState icon={IconCalendarOff} title={t("calendar.none", { year: String(year) })} hint={t("calendar.noneHint")} />}
      {data?.records.map((holiday) => <Holiday key={holiday.id} holiday={holiday} />)}
    </Section>
  );
}

function Holiday({ holiday }: { holiday: Rec }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const day = String(holiday.date);
  const weekday = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
  return (
    <div className={classes.row}>
      <Text miw={150}>{format.date(day)} <Text span c="dimmed">{weekday}</Text></Text>
      <Link className="gx-link" style={{ flex: 1, minWidth: 0 }} to="/$module/$id" params={{ module: "holidays", id: holiday.id }}>{String(holiday.name)}</Link>
      <Badge variant="light" tt="none" color={holiday.working ? "yellow" : "jade"}>
        {holiday.working ? [t("calendar.worked"), String(holiday.hours ?? "")].filter(Boolean).join(" ") : t("calendar.off")}
      </Badge>
    </div>
  );
}
