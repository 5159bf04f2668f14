/** The first records as they are and as they would be. */
import { Group, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Field, Module } from "~/api/types";
import { titleOf, valueOf } from "~/features/records/api";
import { FieldValue } from "~/ui/fields/FieldValue";
import { useLabel } from "~/ui/useFormat";
import type { FieldChange, Preview } from "./api";
import classes from "./massedits.module.css";

export function PreviewRows({ module, preview, changes }: { module: Module; preview: Preview; changes: FieldChange[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = changes.flatMap(({ field }): Field[] => module.fields.filter(({ name }) => name === field));
  return (
    <ul className={classes.rows} aria-label={t("mass.preview")}>
      {(preview.rows ?? []).map(({ before, after, refusal }) => before && (
        <li key={before.id}>
          <Text size="sm" fw={600}>{titleOf(before, module) || t("field.untitled")}</Text>
          {refusal && <Text size="sm" c="red">{refusal}</Text>}
          {after && fields.map((field) => (
            <Group key={field.name} gap={8} component="div">
              <Text span size="sm" c="dimmed">{label(field.label)}</Text>
              <FieldValue field={field} value={valueOf(before, field)} />
              <IconArrowRight size={14} role="img" aria-label={t("mass.becomes")} />
              <FieldValue field={field} value={valueOf(after, field)} />
            </Group>
          ))}
        </li>
      ))}
    </ul>
  );
}
