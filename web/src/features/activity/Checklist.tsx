/** The items of a task, each with its box: ticked off where they are shown, written where the task is edited. */
import { ActionIcon, Button, Checkbox, Group, Input, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { SpecialInputProps } from "~/features/records/special";
import { useLabel } from "~/ui/useFormat";

interface Item {
  text?: string;
  done?: boolean;
}

export function ChecklistField({ field, value, onChange, error }: SpecialInputProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const name = label(field.label);
  const items = (Array.isArray(value) ? value : []) as Item[];
  if (!onChange) {
    if (items.length === 0) return <Text span inherit c="dimmed" aria-label={t("field.empty")}>—</Text>;
    return (
      <Stack gap={4}>
        {items.map((item, index) => <Checkbox key={index} checked={item.done === true} readOnly label={item.text} aria-readonly />)}
      </Stack>
    );
  }
  const put = (index: number, change: Item): void => onChange(items.map((item, at) => (at === index ? { ...item, ...change } : item)));
  return (
    <Stack gap={6} role="group" aria-label={name}>
      <Input.Label component="div">{name}</Input.Label>
      {error && <Text c="red" size="sm" role="alert">{error}</Text>}
      {items.map((item, index) => (
        <Group key={index} gap={8} wrap="nowrap">
          <Checkbox checked={item.done === true} aria-label={t("task.itemDone", { number: index + 1 })} onChange={(event) => put(index, { done: event.currentTarget.checked })} />
          <TextInput style={{ flex: 1 }} aria-label={t("task.item", { number: index + 1 })} value={item.text ?? ""} maxLength={500} onChange={(event) => put(index, { text: event.currentTarget.value })} />
          <ActionIcon variant="subtle" color="gray" aria-label={t("line.remove", { what: name, number: index + 1 })} onClick={() => onChange(items.filter((_one, at) => at !== index))}>
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Button variant="light" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} style={{ alignSelf: "flex-start" }} onClick={() => onChange([...items, { text: "", done: false }])}>
        {t("line.add", { what: name })}
      </Button>
    </Stack>
  );
}
