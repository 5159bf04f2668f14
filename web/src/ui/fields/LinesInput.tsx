/** A list of small objects, each with inputs of its own: further phones, addresses. */
import { ActionIcon, Button, Group, Input, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Field } from "~/api/types";
import { useLabel } from "~/ui/useFormat";
import { FieldInput } from "./FieldInput";
import classes from "./fields.module.css";

type Line = Record<string, unknown>;

interface Props {
  field: Field;
  value: unknown;
  onChange: (value: Line[]) => void;
  error?: string;
}

export function LinesInput({ field, value, onChange, error }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const lines = Array.isArray(value) ? (value as Line[]) : [];
  const inner = field.fields ?? [];
  const name = label(field.label);
  const put = (index: number, key: string, entered: unknown): void =>
    onChange(lines.map((line, at) => (at === index ? { ...line, [key]: entered } : line)));

  return (
    <Stack gap="xs" role="group" aria-label={name}>
      <Input.Label component="div">{name}</Input.Label>
      {error && <Text c="red" size="sm" role="alert">{error}</Text>}
      {lines.map((line, index) => (
        <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
          <div className={classes.line} data-columns={Math.min(inner.length, 3)}>
            {inner.map((one) => (
              <FieldInput key={one.name} field={one} value={line[one.name]} onChange={(entered) => put(index, one.name, entered)} bare placeholder={label(one.label)} />
            ))}
          </div>
          <ActionIcon variant="subtle" color="red" size={36} aria-label={t("line.remove", { what: name, number: index + 1 })} onClick={() => onChange(lines.filter((_one, at) => at !== index))}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Button variant="light" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} style={{ alignSelf: "flex-start" }} onClick={() => onChange([...lines, {}])}>
        {t("line.add", { what: name })}
      </Button>
    </Stack>
  );
}
