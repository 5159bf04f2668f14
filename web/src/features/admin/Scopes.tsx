import { Badge, Group, MultiSelect, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import type { SpecialInputProps } from "~/features/records/special";
import { useLabel } from "~/ui/useFormat";
import { scopeGroups, scopeName, type Group as Scopes } from "./scopes";

/** Chooses what a program may use of the rights it has; without `onChange` it shows the choice. */
export function ScopesField({ field, value, onChange, error }: SpecialInputProps) {
  const label = useLabel();
  const scopes = Array.isArray(value) ? (value as string[]) : [];
  if (!onChange) return <ScopesShown scopes={scopes} />;
  return <ScopesInput label={label(field.label)} value={scopes} onChange={onChange} error={error} />;
}

interface InputProps {
  label: string;
  value: string[];
  onChange: (scopes: string[]) => void;
  error?: string;
}

export function ScopesInput({ label, value, onChange, error }: InputProps) {
  const { t } = useTranslation();
  const groups = useScopes();
  const known = new Set(groups.flatMap(({ items }) => items.map((item) => item.value)));
  const others = value.filter((scope) => !known.has(scope)).map((scope) => ({ value: scope, label: scope }));
  return (
    <MultiSelect
      label={label}
      description={t("scopes.hint")}
      placeholder={value.length ? undefined : t("scopes.all")}
      data={[...groups, ...(others.length ? [{ group: "…", items: others }] : [])]}
      value={value}
      onChange={onChange}
      error={error}
      searchable
      clearable
      hidePickedOptions
      nothingFoundMessage={t("field.noMatch")}
      limit={80}
    />
  );
}

export function ScopesShown({ scopes }: { scopes: string[] }) {
  const { t } = useTranslation();
  const groups = useScopes();
  if (scopes.length === 0) return <Text span inherit>{t("scopes.all")}</Text>;
  return (
    <Group gap={6} component="span">
      {scopes.map((scope) => <Badge key={scope} className="gx-badge" variant="light" tt="none" radius="sm" fw={550}>{scopeName(groups, scope)}</Badge>)}
    </Group>
  );
}

function useScopes(): Scopes[] {
  const { t } = useTranslation();
  const label = useLabel();
  const { modules, areas } = useMetadata();
  return useMemo(
    () => scopeGroups(modules, areas, {
      label,
      operation: (operation) => t(`operation.${operation}`),
      everyModule: t("scopes.everyModule"),
      everyOperation: t("scopes.everyOperation"),
    }),
    [modules, areas, label, t],
  );
}
