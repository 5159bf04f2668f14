/** Quick search, the conditions in force as pills, and the way to add more. */
import { Button, CloseButton, Popover, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilter, IconSearch } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { ConditionText } from "./ConditionText";
import { FilterEditor } from "./FilterEditor";
import type { Condition } from "./filter";
import classes from "./ListPage.module.css";
import type { ListSearch } from "./search";

interface Props {
  module: Module;
  search: ListSearch;
  onChange: (changes: Partial<ListSearch>) => void;
  children?: ReactNode;
}

export function FilterBar({ module, search, onChange, children }: Props) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const replace = (index: number, condition: Condition | null): void =>
    onChange({ where: search.where.flatMap((one, at) => (at === index ? (condition ?? []) : one)) });
  const searchable = module.fields.some((field) => field.searchable);
  const filterable = module.fields.some((field) => field.filterable);

  return (
    <div className={classes.bar} role="search">
      {searchable && <QuickSearch key={search.q ? "filled" : "empty"} value={search.q} onChange={(q) => onChange({ q })} />}
      {search.where.map((condition, index) => (
        <Pill
          key={`${condition.f}-${index}`}
          module={module}
          condition={condition}
          onChange={(next) => replace(index, next)}
        />
      ))}
      {filterable && (
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
                onChange({ where: [...search.where, condition] });
                setAdding(false);
              }}
            />
          </Popover.Dropdown>
        </Popover>
      )}
      {children}
    </div>
  );
}

function QuickSearch({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const later = useDebouncedCallback(onChange, 250);
  return (
    <TextInput
      className={classes.search}
      type="search"
      aria-label={t("list.search")}
      placeholder={t("list.search")}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        later(event.currentTarget.value);
      }}
      rightSection={typed ? <CloseButton size="sm" aria-label={t("action.clear")} onClick={() => { setTyped(""); onChange(""); }} /> : null}
    />
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
