/** Tasks where they stand in time, by day, week or month, and the talks that took place; tasks are moved by the mouse. */
import "@mantine/schedule/styles.css";
import { Alert, SegmentedControl } from "@mantine/core";
import { Schedule } from "@mantine/schedule";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { useSession } from "~/app/session";
import { Missing } from "~/app/shell/states";
import { listRecords, refresh, titleOf, updateRecord } from "~/features/records/api";
import "~/ui/dates";
import { errorText, showError } from "~/ui/errors";
import { dayIn, toInstant, toWallClock } from "~/ui/format";
import { PageHeader } from "~/ui/PageHeader";
import { offerUndo } from "~/ui/undo";
import classes from "./activity.module.css";
import { rangeOf, rescheduled, taskEvent, talkEvent, talksWithin, tasksWithin, VIEWS, type CalendarEvent, type View } from "./calendar";

/** More than anybody can look at. */
const MOST = 1000;
const PAGE = 200;

interface Dropped {
  eventId: string | number;
  newStart: string;
  newEnd: string;
}

export function CalendarPage() {
  const module = useMetadata().module("tasks");
  return module ? <Calendar module={module} /> : <Missing />;
}

function Calendar({ module }: { module: Module }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { user: { time_zone: zone } } = useSession();
  const search = useSearch({ from: "/inside/calendar" });
  const day = search.day ?? dayIn(zone);
  const view: View = search.view ?? "month";
  const team = search.of === "team";
  const { events, error, more } = useEvents(module, view, day, team);
  const move = useMove(module, events);
  const show = (changes: Partial<typeof search>): void => void navigate({ to: "/calendar", search: { ...search, ...changes }, replace: true });
  const mayCreate = module.operations.includes("create");
  const add = (preset: Record<string, string>): void => {
    if (mayCreate) void navigate({ to: "/$module/new", params: { module: module.name }, search: { preset } });
  };
  const drop = ({ eventId, newStart, newEnd }: Dropped): void => move.mutate({ id: String(eventId), to: { start: newStart, end: newEnd } });
  const chinese = i18n.language.startsWith("zh");
  const perView = { viewSelectProps: { views: VIEWS } };
  const hours = {
    ...perView,
    startScrollTime: "07:00:00",
    scrollAreaProps: { mah: "calc(100vh - 200px)" },
    getCurrentTime: () => toWallClock(new Date().toISOString(), zone),
  };
  return (
    <>
      <PageHeader
        title={t("planner.title")}
        actions={(
          <SegmentedControl
            aria-label={t("task.whose")}
            data={[{ value: "me", label: t("task.mine") }, { value: "team", label: t("task.team") }]}
            value={team ? "team" : "me"}
            onChange={(value) => show({ of: value === "team" ? "team" : undefined })}
          />
        )}
      />
      <div className={classes.calendar}>
        {error && <Alert color="red" role="alert" mb="md">{errorText(error)}</Alert>}
        {more && <Alert mb="md">{t("planner.more", { count: MOST })}</Alert>}
        <Schedule
          locale={chinese ? "zh-cn" : "en"}
          layout="responsive"
          date={day}
          onDateChange={(date) => show({ day: date.slice(0, 10) })}
          view={view}
          onViewChange={(next) => show({ view: VIEWS.find((one) => one === next) ?? "month" })}
          events={events}
          labels={labelsOf(t)}
          withEventsDragAndDrop={module.operations.includes("edit")}
          withEventResize={module.operations.includes("edit")}
          canDragEvent={isTask}
          canResizeEvent={isTask}
          onEventDrop={drop}
          onEventResize={drop}
          onEventClick={(event) => {
            const [name = "", id = ""] = String(event.id).split(":");
            void navigate({ to: "/$module/$id", params: { module: name, id } });
          }}
          onDayClick={(date) => add({ due_date: date.slice(0, 10) })}
          onAllDaySlotClick={(date) => add({ due_date: date.slice(0, 10) })}
          onTimeSlotClick={({ slotStart, slotEnd }) => add({ start_time: toInstant(slotStart, zone), end_time: toInstant(slotEnd, zone), due_date: slotStart.slice(0, 10) })}
          dayViewProps={{ ...hours, headerFormat: t("planner.format.day") }}
          weekViewProps={{ ...hours, weekLabelFormat: t("planner.format.short") }}
          monthViewProps={{ ...perView, maxEventsPerDay: 4, monthYearSelectProps: { labelFormat: t("planner.format.month") } }}
          mobileMonthViewProps={{ eventsHeaderFormat: t("planner.format.day") }}
        />
      </div>
    </>
  );
}

const isTask = (event: { id: string | number }): boolean => String(event.id).startsWith("tasks:");

function labelsOf(t: TFunction) {
  return {
    day: t("planner.day"), week: t("planner.week"), month: t("planner.month"), allDay: t("planner.allDay"), weekday: t("planner.weekday"),
    timeSlot: t("planner.timeSlot"), today: t("planner.today"), next: t("planner.next"), previous: t("planner.previous"), more: t("planner.moreShort"),
    selectMonth: t("planner.selectMonth"), selectYear: t("planner.selectYear"), switchToDayView: t("planner.toDay"), switchToWeekView: t("planner.toWeek"),
    switchToMonthView: t("planner.toMonth"), viewSelectLabel: t("planner.view"), noEvents: t("planner.none"),
    moreLabel: (hidden: number) => t("planner.hidden", { hidden }),
  };
}

async function everything(module: string, filter: string, signal: AbortSignal): Promise<{ records: Rec[]; more: boolean }> {
  const records: Rec[] = [];
  let token = "";
  do {
    const page = await listRecords(module, { filter, token, size: PAGE }, signal);
    records.push(...page.records);
    token = page.nextPageToken;
  } while (token && records.length < MOST);
  return { records, more: Boolean(token) };
}

function useEvents(module: Module, view: View, day: string, team: boolean): { events: CalendarEvent[]; error: Error | null; more: boolean } {
  const { t } = useTranslation();
  const talks = useMetadata().module("interactions");
  const { user: { time_zone: zone } } = useSession();
  const range = rangeOf(view, day);
  const [planned, held] = [tasksWithin(range, zone, team), talksWithin(range, zone, team)];
  const tasks = useQuery({
    queryKey: ["records", module.name, "calendar", planned],
    queryFn: ({ signal }) => everything(module.name, planned, signal),
    placeholderData: (before) => before,
  });
  const past = useQuery({
    queryKey: ["records", "interactions", "calendar", held],
    queryFn: ({ signal }) => everything("interactions", held, signal),
    placeholderData: (before) => before,
    enabled: Boolean(talks),
  });
  const events = useMemo(() => {
    const untitled = t("field.untitled");
    const found = (tasks.data?.records ?? []).flatMap((task) => taskEvent(task, zone, titleOf(task, module) || untitled) ?? []);
    const spoken = talks ? (past.data?.records ?? []).map((talk) => talkEvent(talk, zone, titleOf(talk, talks) || untitled)) : [];
    return [...found, ...spoken];
  }, [tasks.data, past.data, talks, module, zone, t]);
  return { events, error: tasks.error ?? past.error, more: Boolean(tasks.data?.more || past.data?.more) };
}

/** Writes where a task was put, and offers to put it back. */
function useMove(module: Module, events: CalendarEvent[]) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { user: { time_zone: zone } } = useSession();

  const back = async (before: Rec, after: Rec, changed: string[]): Promise<void> => {
    await updateRecord(module.name, after, Object.fromEntries(changed.map((name) => [name, before[name] ?? null])), crypto.randomUUID());
    await refresh(client, module.name);
  };

  return useMutation({
    mutationFn: async ({ id, to }: { id: string; to: { start: string; end: string } }) => {
      const event = events.find((one) => one.id === id);
      if (!event) return null;
      const before = event.payload.record;
      const changes = rescheduled(before, event, to, zone);
      return { before, after: await updateRecord(module.name, before, changes, crypto.randomUUID()), changed: Object.keys(changes) };
    },
    onSuccess: async (done) => {
      if (!done) return;
      const { before, after, changed } = done;
      // A due time moves the day it falls on, too.
      const all = changed.includes("due_time") && before.due_date ? [...new Set([...changed, "due_date"])] : changed;
      offerUndo(`moved-${before.id}`, t("planner.moved", { title: titleOf(before, module) }), () => back(before, after, all), t("planner.movedBack"));
      await refresh(client, module.name);
    },
    onError: async (error) => {
      showError(error);
      await refresh(client, module.name);
    },
  });
}
