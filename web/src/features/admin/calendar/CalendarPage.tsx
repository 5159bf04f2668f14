import { Button, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { useSession } from "~/app/session";
import { Crash, Missing, Waiting } from "~/app/shell/states";
import { Section } from "~/features/profile/Section";
import { recordQuery } from "~/features/records/api";
import { PageHeader } from "~/ui/PageHeader";
import adminClasses from "../admin.module.css";
import { SettingsLink } from "../SettingsLink";
import classes from "./calendar.module.css";
import { Holidays } from "./Holidays";
import { toWeek, type WorkingHours } from "./week";
import { useWeekdays } from "./weekdays";
import { WeekForm } from "./WeekForm";

/** When the organization works: its week, and the days that are otherwise. */
export function CalendarPage() {
  const { t } = useTranslation();
  const { organization } = useSession();
  const metadata = useMetadata();
  const [editing, setEditing] = useState(false);
  const module = metadata.module("organizations");
  const holidays = metadata.module("holidays");
  const { data, error } = useQuery({ ...recordQuery("organizations", organization.id), enabled: Boolean(module) });
  if (!module) return <Missing />;
  if (error && !data) return <Crash error={error} />;
  if (!data) return <Waiting />;
  return (
    <>
      <PageHeader title={t("calendar.title")} above={<SettingsLink />} />
      <Stack className={adminClasses.body} gap="lg">
        <Section
          title={t("calendar.week")}
          hint={t("calendar.weekHint", { zone: String(data.time_zone) })}
          action={!editing && module.operations.includes("edit") && (
            <Button variant="default" leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setEditing(true)}>{t("action.edit")}</Button>
          )}
        >
          {editing ? <WeekForm record={data} onDone={() => setEditing(false)} /> : <Week record={data} />}
        </Section>
        {holidays && <Holidays module={holidays} />}
      </Stack>
    </>
  );
}

function Week({ record }: { record: Rec }) {
  const { t } = useTranslation();
  const names = useWeekdays();
  const week = toWeek((record.working_hours as WorkingHours[] | undefined) ?? []);
  return (
    <dl className={classes.week}>
      {week.map((spans, day) => (
        <div key={names[day]} className={classes.line}>
          <dt>{names[day]}</dt>
          <dd>{spans.length ? spans.map(({ from, to }) => `${from} – ${to}`).join(", ") : <Text span c="dimmed">{t("calendar.off")}</Text>}</dd>
        </div>
      ))}
    </dl>
  );
}
