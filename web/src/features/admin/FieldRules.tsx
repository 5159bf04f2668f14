import { Accordion, Badge, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import type { SpecialInputProps } from "~/features/records/special";
import { useFormat, useLabel } from "~/ui/useFormat";
import classes from "./admin.module.css";
import { levelOf, levelsOf, ruledFields, withLevel, type FieldRule, type Level } from "./fieldRules";

/** Which fields users of a role do not see or do not change, module by module. */
export function FieldRules({ value, onChange, error }: SpecialInputProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const { modules } = useMetadata();
  const rules = Array.isArray(value) ? (value as FieldRule[]) : [];
  const [open, setOpen] = useState<string | null>(null);
  if (!onChange) return <RulesShown rules={rules} />;
  return (
    <Stack gap="xs">
      <Text fw={500} size="sm">{t("role.fields")}</Text>
      <Text size="sm" c="dimmed">{t("role.fieldsHint")}</Text>
      {error && <Text c="red" size="sm">{error}</Text>}
      <Accordion variant="contained" order={3} value={open} onChange={setOpen} aria-label={t("role.fields")}>
        {modules.map((module) => (
          <Accordion.Item key={module.name} value={module.name}>
            <Accordion.Control>
              <Group gap="xs">
                {label(module.plural)}
                <Count rules={rules} module={module} />
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              {open === module.name && ruledFields(module).map((field) => (
                <FieldLevel
                  key={field.name}
                  field={field}
                  module={label(module.plural)}
                  level={levelOf(rules, module.name, field.name)}
                  onChange={(level) => onChange(withLevel(rules, module.name, field.name, level))}
                />
              ))}
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Stack>
  );
}

function Count({ rules, module }: { rules: FieldRule[]; module: Module }) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = rules.filter((rule) => rule.module === module.name).length;
  return count > 0 && <Badge className="gx-badge" variant="light">{t("role.rules", { total: format.integer(count) })}</Badge>;
}

interface LevelProps {
  field: Field;
  module: string;
  level: Level;
  onChange: (level: Level) => void;
}

function FieldLevel({ field, module, level, onChange }: LevelProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const name = label(field.label);
  return (
    <div className={classes.rule}>
      <Text size="sm">{name}</Text>
      <SegmentedControl
        size="xs"
        aria-label={`${module}: ${name}`}
        data={levelsOf(field).map((each) => ({ value: each, label: t(`role.level.${each}`) }))}
        value={level}
        onChange={(chosen) => onChange(chosen as Level)}
      />
    </div>
  );
}

/** The rules in words: those of one module and kind together. */
function RulesShown({ rules }: { rules: FieldRule[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const metadata = useMetadata();
  if (!rules.length) return <Text span c="dimmed">—</Text>;
  const names = [...new Set(rules.map(({ module }) => module))];
  return (
    <Stack gap={4}>
      {names.map((name) => {
        const module = metadata.module(name);
        const fields = (access: string): string => rules
          .filter((rule) => rule.module === name && rule.access === access)
          .map(({ field }) => {
            const found = module?.fields.find((each) => each.name === field);
            return found ? label(found.label) : field;
          })
          .join(t("access.comma"));
        const [hidden, fixed] = [fields("hidden"), fields("read_only")];
        return (
          <Text key={name} size="sm" component="div">
            <b>{module ? label(module.plural) : name}</b>
            {hidden && <div>{t("access.hidden", { fields: hidden })}</div>}
            {fixed && <div>{t("access.readOnly", { fields: fixed })}</div>}
          </Text>
        );
      })}
    </Stack>
  );
}
