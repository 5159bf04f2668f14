/** The hours of each weekday: several spans a day, none on a day off. */
import { ActionIcon, Alert, Button, Group, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/errors";
import type { Rec } from "~/api/types";
import { recordQuery, refresh, updateRecord } from "~/features/records/api";
import { useUnsaved } from "~/features/records/useUnsaved";
import { errorText, showDone } from "~/ui/errors";
import classes from "./calendar.module.css";
import { dayOf, fromWeek, nextSpan, toWeek, WEEKDAYS, type Span, type Week, type WorkingHours } from "./week";
import { useWeekdays } from "./weekdays";

const hoursOf = (record: Rec): WorkingHours[] => (record.working_hours as WorkingHours[] | undefined) ?? [];

export function WeekForm({ record, onDone }: { record: Rec; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const names = useWeekdays();
  // What the form began with: a change of somebody else's meanwhile is a conflict, and said.
  const [base] = useState(record);
  const [week, setWeek] = useState(() => toWeek(hoursOf(base)));
  const [errors, setErrors] = useState<Record<number, string>>({});
  const [failure, setFailure] = useState("");
  const sent = fromWeek(week);
  const dirty = JSON.stringify(sent) !== JSON.stringify(hoursOf(base));
  const { leave, question } = useUnsaved(dirty);

  const save = useMutation({
    mutationFn: () => updateRecord("organizations", base, { working_hours: sent }, crypto.randomUUID()),
    onSuccess: async (saved) => {
      client.setQueryData(recordQuery("organizations", saved.id).queryKey, saved);
      await refresh(client, "organizations");
      showDone(t("form.saved"));
      onDone();
    },
    onError: (error) => {
      const violations = error instanceof ApiError ? error.violations : [];
      const placed = violations.flatMap(({ field, description }) => {
        const day = dayOf(field, sent);
        return day === undefined ? [] : [[day, description] as const];
      });
      setErrors(Object.fromEntries(placed));
      setFailure(placed.length ? "" : violations[0]?.description ?? errorText(error));
    },
  });

  const change = (day: number, spans: Span[]): void => {
    setWeek((before): Week => before.map((own, at) => (at === day ? spans : own)));
    setErrors(({ [day]: _gone, ...rest }) => rest);
  };
  const likeMonday = (): void => setWeek((before) => before.map((own, at) => (at < 5 ? before[0] ?? own : own)));

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setFailure("");
        save.mutate();
      }}
    >
      {question}
      {failure && <Alert color="red" mb="md" role="alert">{failure}</Alert>}
      {WEEKDAYS.map((weekday, day) => (
        <Day key={weekday} name={names[day] ?? ""} spans={week[day] ?? []} error={errors[day]} onChange={(spans) => change(day, spans)} />
      ))}
      <Group justify="space-between" mt="md">
        <Button variant="default" onClick={likeMonday}>{t("calendar.likeMonday")}</Button>
        <Group>
          <Button variant="default" onClick={() => leave(onDone)}>{t("action.cancel")}</Button>
          <Button type="submit" loading={save.isPending}>{t("action.save")}</Button>
        </Group>
      </Group>
    </form>
  );
}

interface DayProps {
  name: string;
  spans: Span[];
  error?: string;
  onChange: (spans: Span[]) => void;
}

function Day({ name, spans, error, onChange }: DayProps) {
  const { t } = useTranslation();
  const put = (at: number, changes: Partial<Span>): void => onChange(spans.map((span, own) => (own === at ? { ...span, ...changes } : span)));
  return (
    <div className={classes.day} role="group" aria-label={name}>
      <Text fw={600} className={classes.name}>{name}</Text>
      <div className={classes.spans}>
        {spans.length === 0 && <Text c="dimmed" py={6}>{t("calendar.off")}</Text>}
        {spans.map((span, at) => (
          <Group key={at} gap={6} wrap="nowrap">
            <TextInput type="time" aria-label={t("calendar.from", { day: name })} value={span.from} onChange={(event) => put(at, { from: event.currentTarget.value })} />
            <span aria-hidden>–</span>
            <TextInput type="time" aria-label={t("calendar.to", { day: name })} value={span.to} onChange={(event) => put(at, { to: event.currentTarget.value })} />
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("calendar.remove", { day: name })} onClick={() => onChange(spans.filter((_, own) => own !== at))}>
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
        {error && <Text size="sm" c="var(--mantine-color-error)" role="alert">{error}</Text>}
      </div>
      <ActionIcon variant="default" size="lg" aria-label={t("calendar.add", { day: name })} onClick={() => onChange([...spans, nextSpan(spans)])}>
        <IconPlus size={16} />
      </ActionIcon>
    </div>
  );
}
