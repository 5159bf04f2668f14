/** How often a task comes again, in plain words; without `onChange` it says so. */
import { Checkbox, Group, Input, NumberInput, Select, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { SpecialInputProps } from "~/features/records/special";
import { DateInput } from "~/ui/dates";
import { useDatePattern, useFormat, useLabel } from "~/ui/useFormat";
import { FREQUENCIES, parseRule, WEEKDAYS, writeRule, type Frequency, type Repeat } from "./recurrence";

const ONCE: Repeat = { frequency: "WEEKLY", interval: 1, days: [], count: null, until: null, rest: [] };
// 2024-01-01 was a Monday.
const dayName = (locale: string, index: number, style: "short" | "long"): string =>
  new Intl.DateTimeFormat(locale, { weekday: style, timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + index));

export function RecurrenceField(props: SpecialInputProps) {
  return props.onChange ? <Editor {...props} onChange={props.onChange} /> : <Spoken value={props.value} />;
}

/** `every 2 weeks on Monday`; rules with parts of their own are shown as they are written. */
export function useSpoken(): (rule: string) => string {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  return (rule) => {
    const repeat = parseRule(rule);
    if (!repeat || repeat.rest.some((part) => !part.startsWith("BYHOUR") && !part.startsWith("BYMINUTE"))) return rule;
    const every = repeat.interval > 1 ? t(`repeat.every.${repeat.frequency}`, { count: repeat.interval }) : t(`repeat.frequency.${repeat.frequency}`);
    const days = repeat.days.length ? t("repeat.on", { days: format.list(repeat.days.map((day) => dayName(i18n.language, WEEKDAYS.indexOf(day as never), "long"))) }) : "";
    const end = repeat.count ? t("repeat.times", { count: repeat.count }) : repeat.until ? t("repeat.until", { day: format.date(repeat.until) }) : "";
    return [every, days, end].filter(Boolean).join(i18n.language.startsWith("zh") ? "，" : " ");
  };
}

function Spoken({ value }: { value: unknown }) {
  const spoken = useSpoken();
  const { t } = useTranslation();
  return value ? <span>{spoken(String(value))}</span> : <Text span inherit c="dimmed" aria-label={t("field.empty")}>—</Text>;
}

function Editor({ field, value, onChange, error }: SpecialInputProps & { onChange: (value: unknown) => void }) {
  const { t, i18n } = useTranslation();
  const label = useLabel();
  const spoken = useSpoken();
  const pattern = useDatePattern();
  const name = label(field.label);
  const rule = typeof value === "string" ? value : "";
  const repeat = rule ? parseRule(rule) : null;
  const put = (change: Partial<Repeat>): void => onChange(writeRule({ ...(repeat ?? ONCE), ...change }));
  const end = repeat?.count ? "count" : repeat?.until ? "until" : "never";
  return (
    <Stack gap={6}>
      <Select
        label={name}
        error={error}
        allowDeselect={false}
        data={[{ value: "", label: t("repeat.never") }, ...FREQUENCIES.map((one) => ({ value: one as string, label: t(`repeat.frequency.${one}`) }))]}
        value={repeat?.frequency ?? ""}
        onChange={(chosen) => (chosen ? put({ frequency: chosen as Frequency, days: [], rest: [] }) : onChange(""))}
      />
      {repeat && (
        <>
          <Group gap="sm" align="flex-end" wrap="wrap">
            <NumberInput w={110} label={t("repeat.interval")} min={1} max={99} value={repeat.interval} onChange={(count) => put({ interval: Math.max(1, Number(count) || 1) })} />
            <Select
              w={150}
              label={t("repeat.ends")}
              allowDeselect={false}
              data={(["never", "count", "until"] as const).map((one) => ({ value: one, label: t(`repeat.end.${one}`) }))}
              value={end}
              onChange={(chosen) => put({ count: chosen === "count" ? 10 : null, until: chosen === "until" ? new Date().toISOString().slice(0, 10) : null })}
            />
            {end === "count" && <NumberInput w={110} label={t("repeat.count")} min={1} max={999} value={repeat.count ?? 1} onChange={(count) => put({ count: Math.max(1, Number(count) || 1) })} />}
            {end === "until" && <DateInput w={170} label={t("repeat.lastDay")} value={repeat.until} onChange={(day) => put({ until: day })} valueFormat={pattern} />}
          </Group>
          {repeat.frequency === "WEEKLY" && (
            <Checkbox.Group label={t("repeat.days")} value={repeat.days} onChange={(days) => put({ days })}>
              <Group gap="sm" mt={4}>{WEEKDAYS.map((day, index) => <Checkbox key={day} value={day} label={dayName(i18n.language, index, "short")} />)}</Group>
            </Checkbox.Group>
          )}
          <Input.Description aria-live="polite">{spoken(rule)}</Input.Description>
        </>
      )}
    </Stack>
  );
}
