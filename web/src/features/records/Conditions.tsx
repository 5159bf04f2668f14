/** Conditions as pills, and the way to add more. */
import { Button, CloseButton, Popover, UnstyledButton } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { ConditionText } from "./ConditionText";
import { FilterEditor } from "./FilterEditor";
import type { Condition } from "./filter";
import classes from "./ListPage.module.css";

interface Props {
  module: Module;
  conditions: Condition[];
  onChange: (conditions: Condition[]) => void;
}

export function Conditions({ module, conditions, onChange }: Props) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const replace = (index: number, condition: Condition | null): void =>
    onChange(conditions.flatMap((one, at) => (at === index ? (condition ?? []) : one)));
  return (
    <>
      {conditions.map((condition, index) => (
        <Pill key={`${condition.f}-${index}`} module={module} condition={condition} onChange={(next) => replace(index, next)} />
      ))}
      <Popover opened={adding} onChange={setAdding} position="bottom-start" trapFocus width={320} withinPortal>
        <Popover.Target>
          <Button
            variant="default"
            leftSection={<IconFilter size={16} aria-hidden />}
            aria-expanded={adding}
            onClick={() => setAdding((open) => !open)}
          >
            {t("filter.add")}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <FilterEditor
            module={module}
            onDone={(condition) => {
              onChange([...conditions, condition]);
              setAdding(false);
            }}
          />
        </Popover.Dropdown>
      </Popover>
    </>
  );
}

function Pill({ module, condition, onChange }: { module: Module; condition: Condition; onChange: (condition: Condition | null) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const field = module.fields.find(({ name }) => name === condition.f);
  if (!field) return null;
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" trapFocus width={320} withinPortal>
      <span className={classes.pill}>
        <Popover.Target>
          <UnstyledButton className={classes.pillText} onClick={() => setOpen((was) => !was)}>
            <ConditionText field={field} condition={condition} />
          </UnstyledButton>
        </Popover.Target>
        <CloseButton size={26} iconSize={14} mr={4} radius="xl" aria-label={t("filter.remove")} onClick={() => onChange(null)} />
      </span>
      <Popover.Dropdown>
        <FilterEditor module={module} condition={condition} onDone={(next) => { onChange(next); setOpen(false); }} />
      </Popover.Dropdown>
    </Popover>
  );
}
