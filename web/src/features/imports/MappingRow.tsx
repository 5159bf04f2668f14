/** One column of the file: what it is called, what it holds, and the fields it fills. */
import { ActionIcon, Badge, Checkbox, Collapse, NumberInput, Select, Text, Tooltip } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { useLabel } from "~/ui/useFormat";
import type { Column, Mapping } from "./api";
import classes from "./imports.module.css";
import { creatable, targets, unmapped } from "./mapping";

const EXTERNAL = "external_ids.";

export function columnName(column: Column, t: TFunction): string {
  return column.header || t("import.mapping.columnNumber", { number: column.index + 1 });
}

interface Props {
  module: Module;
  column: Column;
  mappings: Mapping[];
  onChange: (before: Mapping, changed: Mapping) => void;
}

export function MappingRow({ module, column, mappings, onChange }: Props) {
  const { t } = useTranslation();
  const [more, setMore] = useState(false);
  const name = columnName(column, t);
  const blank = unmapped(column);
  const filled = mappings.length && !more ? mappings : [...mappings, blank];
  return (
    <li data-skipped={mappings.length === 0 || undefined}>
      <Text fw={600} size="sm" style={{ overflowWrap: "anywhere" }}>{name}</Text>
      <div className={classes.sample}>
        {column.samples.slice(0, 3).map((sample, index) => <div key={index} className="gx-nowrap">{sample}</div>)}
      </div>
      <div className={classes.fills}>
        {filled.map((mapping, index) => (
          <div key={mapping.field} className={classes.fill}>
            <Filled
              module={module}
              name={name}
              mapping={mapping}
              onChange={(changed) => {
                setMore(false);
                onChange(mapping, changed);
              }}
            />
            {index === filled.length - 1 && mapping.field && (
              <Tooltip label={t("import.mapping.also")}>
                <ActionIcon variant="subtle" color="gray" aria-label={t("import.mapping.alsoFor", { column: name })} onClick={() => setMore(true)}>
                  <IconPlus size={16} />
                </ActionIcon>
              </Tooltip>
            )}
          </div>
        ))}
      </div>
    </li>
  );
}

interface FilledProps {
  module: Module;
  mapping: Mapping;
  onChange: (mapping: Mapping) => void;
}

/** One field that a column fills, and how. */
function Filled({ module, name, mapping, onChange }: FilledProps & { name: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = targets(module);
  const external = mapping.field.startsWith(EXTERNAL) ? mapping.field : `${EXTERNAL}file`;
  const data = [
    { value: "", label: t("import.mapping.skip") },
    ...fields.map((one) => ({ value: one.name, label: label(one.label) + (one.required ? " *" : "") })),
    { value: external, label: t("import.idIn", { system: external.slice(EXTERNAL.length) }) },
  ];
  return (
    <>
      <Select
        aria-label={t("import.mapping.fieldFor", { column: name })}
        data={data}
        value={mapping.field}
        onChange={(value) => onChange({ ...mapping, field: value ?? "", factor: "", create_missing: false })}
        searchable
        allowDeselect={false}
        nothingFoundMessage={t("field.noMatch")}
        styles={mapping.field ? undefined : { input: { color: "var(--mantine-color-dimmed)" } }}
      />
      <div className={classes.options}>
        <Options module={module} field={fields.find((one) => one.name === mapping.field)} mapping={mapping} onChange={onChange} />
      </div>
    </>
  );
}

const NUMERIC = new Set(["money", "decimal"]);

/** What else a column needs to be told: units of amounts, new records for unknown references. */
function Options({ module, field, mapping, onChange }: FilledProps & { field: Field | undefined }) {
  const { t } = useTranslation();
  const label = useLabel();
  const metadata = useMetadata();
  const [open, setOpen] = useState(Boolean(mapping.factor));
  if (field && NUMERIC.has(field.kind)) {
    return (
      <div>
        <Select
          aria-label={t("import.mapping.unit")}
          size="xs"
          data={[
            { value: "", label: t("import.unit.one") },
            { value: "1000", label: t("import.unit.thousand") },
            { value: "10000", label: t("import.unit.wan") },
            { value: "1000000", label: t("import.unit.million") },
            { value: "other", label: t("import.unit.other") },
          ]}
          value={open && !["1000", "10000", "1000000"].includes(mapping.factor) ? "other" : mapping.factor}
          onChange={(value) => {
            setOpen(value === "other");
            onChange({ ...mapping, factor: value === "other" ? "" : (value ?? "") });
          }}
          allowDeselect={false}
        />
        <Collapse expanded={open && !["1000", "10000", "1000000"].includes(mapping.factor)}>
          <NumberInput size="xs" mt={4} hideControls aria-label={t("import.unit.other")} value={mapping.factor} onChange={(value) => onChange({ ...mapping, factor: String(value) })} />
        </Collapse>
      </div>
    );
  }
  const target = creatable(module, field, metadata);
  if (target) {
    return (
      <Checkbox
        size="xs"
        label={t("import.mapping.createMissing", { what: label(target.plural) })}
        checked={mapping.create_missing}
        onChange={(event) => onChange({ ...mapping, create_missing: event.currentTarget.checked })}
      />
    );
  }
  return field?.required ? <Badge variant="light" tt="none" fw={500}>{t("field.required")}</Badge> : null;
}
