/** What is to be done: by me, overdue, today and in the days to come; or by the team, person by person. */
import { Button, SegmentedControl, Skeleton, Text, TextInput, Title } from "@mantine/core";
import { IconChecks, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { useSession } from "~/app/session";
import { Missing } from "~/app/shell/states";
import { createRecord, listQuery, refresh } from "~/features/records/api";
import panels from "~/features/records/RecordPage.module.css";
import { DateInput } from "~/ui/dates";
import { EmptyState } from "~/ui/EmptyState";
import { showError } from "~/ui/errors";
import { ReferenceLink } from "~/ui/fields/FieldValue";
import { dayIn } from "~/ui/format";
import { PageHeader } from "~/ui/PageHeader";
import { useDatePattern, useFormat, useLabel } from "~/ui/useFormat";
import classes from "./activity.module.css";
import { AHEAD_DAYS, MINE, OPEN, partOf, PARTS } from "./api";
import { TaskRow } from "./TaskRow";

const SHOWN = 200;

export function MyDay() {
  const { t } = useTranslation();
  const module = useMetadata().module("tasks");
  const { of } = useSearch({ from: "/inside/my-day" });
  const navigate = useNavigate();
  if (!module) return <Missing />;
  const team = of === "team";
  return (
    <>
      <PageHeader
        title={t("task.myDay")}
        actions={(
          <SegmentedControl
            aria-label={t("task.whose")}
            data={[{ value: "me", label: t("task.mine") }, { value: "team", label: t("task.team") }]}
            value={team ? "team" : "me"}
            onChange={(value) => void navigate({ to: "/my-day", search: value === "team" ? { of: "team" } : {} })}
          />
        )}
      />
      <div className={classes.day}>
        {!team && module.operations.includes("create") && <QuickAdd />}
        {team ? <Team module={module} /> : <Mine module={module} />}
      </div>
    </>
  );
}

function useToday(): { today: string; now: Date } {
  const { organization } = useSession();
  const now = new Date();
  return { today: dayIn(organization.time_zone, now), now };
}

function Mine({ module }: { module: Module }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { today, now } = useToday();
  const filter = `${MINE} AND ${OPEN} AND (NOT due_date:* OR due_date <= today() + ${AHEAD_DAYS}d)`;
  const { data } = useQuery(listQuery(module.name, { filter, order: "due_date", size: SHOWN }));
  if (!data) return <Skeleton height={120} />;
  const parts = PARTS.map((part) => ({ part, tasks: data.records.filter((task) => partOf(task, today, now) === part) })).filter(({ tasks }) => tasks.length > 0);
  if (parts.length === 0) return <EmptyState icon={IconChecks} title={t("task.nothing")} hint={t("task.nothingHint")} />;
  return (
    <>
      {parts.map(({ part, tasks }) => (
        <section key={part} className={panels.panel} aria-label={t(`task.part.${part}`)}>
          <div className={panels.head}>
            <Title order={2}>{t(`task.part.${part}`)} <Text span inherit c="dimmed" fw={400}>{format.integer(tasks.length)}</Text></Title>
          </div>
          <ul className={classes.tasks}>{tasks.map((task) => <TaskRow key={task.id} module={module} task={task} late={part === "overdue"} />)}</ul>
        </section>
      ))}
      {data.totalSize > SHOWN && <Rest module={module} filter={[{ f: "assignee_ids", o: "any", v: ["me()"] }]} />}
    </>
  );
}

function Rest({ module, filter }: { module: Module; filter: { f: string; o: "any"; v: string[] }[] }) {
  const label = useLabel();
  return <Link className="gx-link" to="/$module" params={{ module: module.name }} search={{ where: filter }}>{label(module.plural)}</Link>;
}

/** By assignee, as far as one's scope reaches; who has most overdue comes first. */
function Team({ module }: { module: Module }) {
  const { t } = useTranslation();
  const { today, now } = useToday();
  const { data } = useQuery(listQuery(module.name, { filter: `${OPEN} AND due_date <= today() + ${AHEAD_DAYS}d`, order: "due_date", size: SHOWN }));
  if (!data) return <Skeleton height={120} />;
  const people = byAssignee(data.records);
  if (people.length === 0) return <EmptyState icon={IconChecks} title={t("task.nothing")} hint={t("task.nothingHint")} />;
  const late = (task: Rec): boolean => partOf(task, today, now) === "overdue";
  return people
    .map(([id, tasks]) => ({ id, tasks, overdue: tasks.filter(late).length }))
    .sort((one, other) => other.overdue - one.overdue || other.tasks.length - one.tasks.length)
    .map(({ id, tasks, overdue }) => (
      <section key={id} className={panels.panel}>
        <div className={panels.head}>
          <Title order={2}><ReferenceLink type="identity.User" id={id} /></Title>
          <Text size="sm" c="dimmed">{t("task.load", { overdue, all: tasks.length })}</Text>
        </div>
        <ul className={classes.tasks}>{tasks.map((task) => <TaskRow key={task.id} module={module} task={task} late={late(task)} />)}</ul>
      </section>
    ));
}

function byAssignee(tasks: Rec[]): [string, Rec[]][] {
  const found = new Map<string, Rec[]>();
  for (const task of tasks) {
    for (const id of Array.isArray(task.assignee_ids) ? (task.assignee_ids as string[]) : []) found.set(id, [...(found.get(id) ?? []), task]);
  }
  return [...found];
}

/** A subject and a day: enough for a task of one's own. */
function QuickAdd() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const pattern = useDatePattern();
  const { today } = useToday();
  const [subject, setSubject] = useState("");
  const [day, setDay] = useState<string | null>(today);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const add = useMutation({
    mutationFn: () => createRecord("tasks", { subject: subject.trim(), ...(day && { due_date: day }) }, key),
    onSuccess: async () => {
      setSubject("");
      setKey(crypto.randomUUID());
      await refresh(client, "tasks");
    },
    onError: showError,
  });
  return (
    <form
      className={classes.quick}
      onSubmit={(event) => {
        event.preventDefault();
        if (subject.trim()) add.mutate();
      }}
    >
      <TextInput aria-label={t("task.quick")} placeholder={t("task.quick")} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} maxLength={500} />
      <DateInput aria-label={t("task.due")} value={day} onChange={setDay} valueFormat={pattern} clearable placeholder={pattern} />
      <Button type="submit" leftSection={<IconPlus size={16} aria-hidden />} loading={add.isPending} disabled={!subject.trim()}>{t("task.add")}</Button>
    </form>
  );
}
