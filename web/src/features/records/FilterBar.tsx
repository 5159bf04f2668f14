/** Quick search, the conditions in force as pills, and the way to add more. */
import { CloseButton, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { Conditions } from "./Conditions";
import classes from "./ListPage.module.css";
import type { ListSearch } from "./search";

/** What the view of favourites says by its name. */
const STARRED = "starred = true";

interface Props {
  module: Module;
  search: ListSearch;
  onChange: (changes: Partial<ListSearch>) => void;
  children?: ReactNode;
}

export function FilterBar({ module, search, onChange, children }: Props) {
  const { t } = useTranslation();
  const searchable = module.fields.some((field) => field.searchable);
  const filterable = module.fields.some((field) => field.filterable);

  return (
    <div className={classes.bar} role="search">
      {searchable && <QuickSearch key={search.q ? "filled" : "empty"} value={search.q} onChange={(q) => onChange({ q })} />}
      {filterable && <Conditions module={module} conditions={search.where} onChange={(where) => onChange({ where })} />}
      {search.raw && search.raw !== STARRED && (
        <span className={classes.pill}>
          <Tooltip label={search.raw} multiline maw={480}><span className={classes.pillText}>{t("filter.written")}</span></Tooltip>
          <CloseButton size={26} iconSize={14} mr={4} radius="xl" aria-label={t("filter.remove")} onClick={() => onChange({ raw: "" })} />
        </span>
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
