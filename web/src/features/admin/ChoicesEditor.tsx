import { ActionIcon, Badge, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { SpecialInputProps } from "~/features/records/special";
import { inLocale } from "~/app/i18n";
import classes from "./admin.module.css";

interface CustomChoice {
  value: string;
  label_zh: string;
  label_en: string;
  color: string;
}

const COLORS = ["gray", "blue", "cyan", "green", "yellow", "orange", "red", "pink", "violet"] as const;

/** The choices of a custom field, in order. */
export function ChoicesEditor({ field, value, onChange, error, draft }: SpecialInputProps) {
  const { t, i18n } = useTranslation();
  const choices = Array.isArray(value) ? (value as CustomChoice[]) : [];
  if (!onChange) {
    return (
      <Group gap={6}>
        {choices.map((choice) => (
          <Badge key={choice.value} variant="light" tt="none" color={choice.color || "gray"}>
            {inLocale({ zh: choice.label_zh, en: choice.label_en }, i18n.language) || choice.value}
          </Badge>
        ))}
      </Group>
    );
  }
  if (draft.kind !== "choice" && draft.kind !== "choices") return null;

  const put = (index: number, changes: Partial<CustomChoice>): void =>
    onChange(choices.map((choice, at) => (at === index ? { ...choice, ...changes } : choice)));
  const move = (index: number, by: number): void => {
    const next = [...choices];
    const [moved] = next.splice(index, 1);
    if (moved) next.splice(index + by, 0, moved);
    onChange(next);
  };

  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>{inLocale(field.label, i18n.language)}</Text>
      {error && <Text c="red" size="sm" role="alert">{error}</Text>}
      <ul className={classes.choices}>
        {choices.map((choice, index) => (
          <li key={index}>
            <TextInput size="sm" aria-label={t("choice.value")} placeholder={t("choice.value")} value={choice.value} onChange={(event) => put(index, { value: event.currentTarget.value })} />
            <TextInput size="sm" aria-label={t("choice.zh")} placeholder={t("choice.zh")} value={choice.label_zh} onChange={(event) => put(index, { label_zh: event.currentTarget.value })} />
            <TextInput size="sm" aria-label={t("choice.en")} placeholder={t("choice.en")} value={choice.label_en} onChange={(event) => put(index, { label_en: event.currentTarget.value })} />
            <Select
              size="sm"
              aria-label={t("choice.color")}
              data={[{ value: "", label: t("choice.noColor") }, ...COLORS.map((color) => ({ value: color, label: t(`color.${color}`) }))]}
              value={choice.color ?? ""}
              allowDeselect={false}
              onChange={(color) => put(index, { color: color ?? "" })}
            />
            <Group gap={2} wrap="nowrap">
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("choice.up")} disabled={index === 0} onClick={() => move(index, -1)}><IconArrowUp size={16} /></ActionIcon>
              <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("choice.down")} disabled={index === choices.length - 1} onClick={() => move(index, 1)}><IconArrowDown size={16} /></ActionIcon>
              <ActionIcon variant="subtle" color="red" size={36} aria-label={t("choice.remove")} onClick={() => onChange(choices.filter((_one, at) => at !== index))}><IconTrash size={16} /></ActionIcon>
            </Group>
          </li>
        ))}
      </ul>
      <Button
        variant="light"
        size="compact-sm"
        leftSection={<IconPlus size={14} aria-hidden />}
        style={{ alignSelf: "flex-start" }}
        onClick={() => onChange([...choices, { value: "", label_zh: "", label_en: "", color: "" }])}
      >
        {t("choice.add")}
      </Button>
    </Stack>
  );
}
