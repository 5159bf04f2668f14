import { Button, Group, Radio, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconArrowsSplit2 } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldValue } from "~/ui/fields/FieldValue";
import { useLabel } from "~/ui/useFormat";
import type { Conflict } from "./draft";
import classes from "./RecordPage.module.css";

interface Props {
  conflicts: Conflict[];
  /** With the values chosen, by field. */
  onSettle: (kept: Record<string, unknown>) => void;
  onCancel: () => void;
}

/** Both values of every field that two people changed, to choose from. */
export function ConflictCard({ conflicts, onSettle, onCancel }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const [picked, setPicked] = useState<Record<string, "mine" | "theirs">>({});
  const open = conflicts.some(({ field }) => !picked[field.name]);

  const settle = (): void =>
    onSettle(Object.fromEntries(conflicts.map(({ field, mine, theirs }) => [field.name, picked[field.name] === "mine" ? mine : theirs])));

  return (
    <Stack role="alertdialog" aria-labelledby="conflict-title" aria-describedby="conflict-hint" data-testid="conflict">
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <IconArrowsSplit2 size={22} aria-hidden color="var(--mantine-color-orange-6)" style={{ flexShrink: 0 }} />
        <div>
          <Title order={2} id="conflict-title">{t("conflict.title")}</Title>
          <Text size="sm" c="dimmed" id="conflict-hint">{t("conflict.hint")}</Text>
        </div>
      </Group>
      {conflicts.map(({ field, mine, theirs }) => (
        <Radio.Group
          key={field.name}
          label={label(field.label)}
          value={picked[field.name] ?? null}
          onChange={(value) => setPicked((before) => ({ ...before, [field.name]: value as "mine" | "theirs" }))}
        >
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt={4}>
            {(["mine", "theirs"] as const).map((side) => (
              <Radio.Card key={side} value={side} className={classes.choice} aria-label={t(`conflict.${side}`)}>
                <Group wrap="nowrap" align="flex-start">
                  <Radio.Indicator />
                  <div style={{ minWidth: 0, overflowWrap: "anywhere" }}>
                    <Text size="xs" c="dimmed">{t(`conflict.${side}`)}</Text>
                    <FieldValue field={field} value={side === "mine" ? mine : theirs} />
                  </div>
                </Group>
              </Radio.Card>
            ))}
          </SimpleGrid>
        </Radio.Group>
      ))}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>{t("conflict.discard")}</Button>
        <Button onClick={settle} disabled={open}>{t("conflict.continue")}</Button>
      </Group>
    </Stack>
  );
}
