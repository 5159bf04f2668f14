import { Alert, Badge, Button, Checkbox, Collapse, Group, MultiSelect, NumberInput, SegmentedControl, Select, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle, IconAlertTriangle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { errorText } from "~/ui/errors";
import { useLabel } from "~/ui/useFormat";
import { act, updateImport, type Column, type Import, type Mapping } from "./api";
import { FormatBar } from "./FormatBar";
import classes from "./imports.module.css";
import { mappingOf, possibleKeys, targets, unfilled, withMapping } from "./mapping";

interface Props {
  module: Module;
  job: Import;
  onChange: (job: Import) => void;
}

/** Step 2: which column is which field, how rows are told apart, what happens with those that exist. */
export function MappingStep({ module, job, onChange }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const [mappings, setMappings] = useState(job.mappings);
  const [mode, setMode] = useState(job.mode || "upsert");
  const [keys, setKeys] = useState(job.keys);
  const missing = unfilled(module, mappings);
  const keyOptions = possibleKeys(module, mappings);
  const usedKeys = keys.filter((key) => keyOptions.includes(key));
  const nameOf = (key: string): string => {
    const field = module.fields.find(({ name }) => name === key);
    return field ? label(field.label) : t("import.idIn", { system: key.replace("external_ids.", "") });
  };

  const check = useMutation({
    mutationFn: async () => {
      await updateImport(job.id, { mappings, mode, keys: usedKeys });
      return act(job.id, "validate");
    },
    onSuccess: onChange,
  });

  return (
    <Stack gap="md">
      <FormatBar job={job} onChange={onChange} />
      <section className={classes.panel} aria-labelledby="mapping-title">
        <Title order={2} id="mapping-title" mb={4}>{t("import.mapping.title")}</Title>
        <Text size="sm" c="dimmed" mb="sm">{t("import.mapping.hint")}</Text>
        <div className={classes.mappingHead} aria-hidden>
          <span>{t("import.mapping.column")}</span><span>{t("import.mapping.samples")}</span><span>{t("import.mapping.field")}</span><span />
        </div>
        <ul className={classes.mapping}>
          {job.columns.map((column) => (
            <MappingRow
              key={column.index}
              module={module}
              column={column}
              mapping={mappingOf(mappings, column)}
              onChange={(changed) => setMappings((before) => withMapping(before, changed))}
            />
          ))}
        </ul>
      </section>
      <section className={classes.panel} aria-labelledby="match-title">
        <Title order={2} id="match-title" mb="sm">{t("import.match.title")}</Title>
        <Stack gap="sm">
          <SegmentedControl
            aria-label={t("import.match.title")}
            data={(["upsert", "create", "update"] as const).map((value) => ({ value, label: t(`import.mode.${value}`) }))}
            value={mode}
            onChange={(value) => setMode(value as Import["mode"])}
            style={{ alignSelf: "flex-start", maxWidth: "100%" }}
            orientation={window.matchMedia("(max-width: 30em)").matches ? "vertical" : "horizontal"}
          />
          <MultiSelect
            label={t("import.match.keys")}
            description={t("import.match.keysHint")}
            data={keyOptions.map((key) => ({ value: key, label: nameOf(key) }))}
            value={usedKeys}
            onChange={setKeys}
            placeholder={usedKeys.length ? undefined : t("import.match.noKeys")}
            maw={520}
          />
          {usedKeys.length === 0 && mode !== "create" && (
            <Text size="sm" c="dimmed">{t("import.match.always")}</Text>
          )}
        </Stack>
      </section>
      {missing.length > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle size={18} />}>
          {t("import.mapping.unfilled", { fields: missing.map((field) => label(field.label)).join(", ") })}
        </Alert>
      )}
      {check.isError && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(check.error)}</Alert>}
      <Group justify="flex-end">
        <Button size="md" loading={check.isPending} onClick={() => check.mutate()}>{t("import.check")}</Button>
      </Group>
    </Stack>
  );
}

const EXTERNAL = "external_ids.";

function MappingRow({ module, column, mapping, onChange }: { module: Module; column: Column; mapping: Mapping; onChange: (mapping: Mapping) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const fields = targets(module);
  const field = fields.find(({ name }) => name === mapping.field);
  const name = column.header || t("import.mapping.columnNumber", { number: column.index + 1 });
  const external = mapping.field.startsWith(EXTERNAL) ? mapping.field : `${EXTERNAL}file`;
  const data = [
    { value: "", label: t("import.mapping.skip") },
    ...fields.map((one) => ({ value: one.name, label: label(one.label) + (one.required ? " *" : "") })),
    { value: external, label: t("import.idIn", { system: external.slice(EXTERNAL.length) }) },
  ];
  return (
    <li>
      <Text fw={600} size="sm" style={{ overflowWrap: "anywhere" }}>{name}</Text>
      <div className={classes.sample}>
        {column.samples.slice(0, 3).map((sample, index) => <div key={index} className="gx-nowrap">{sample}</div>)}
      </div>
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
      <Options field={field} mapping={mapping} onChange={onChange} />
    </li>
  );
}

const NUMERIC = new Set(["money", "decimal"]);

/** What else a column needs to be told: units of amounts, new records for unknown references. */
function Options({ field, mapping, onChange }: { field: Field | undefined; mapping: Mapping; onChange: (mapping: Mapping) => void }) {
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
  const target = field?.reference ? metadata.ofType(field.reference) : undefined;
  if (target?.operations.includes("create") && target.importable) {
    return (
      <Checkbox
        size="xs"
        label={t("import.mapping.createMissing", { what: label(target.plural) })}
        checked={mapping.create_missing}
        onChange={(event) => onChange({ ...mapping, create_missing: event.currentTarget.checked })}
      />
    );
  }
  return field?.required ? <Badge variant="light" tt="none" fw={500} style={{ justifySelf: "start" }}>{t("field.required")}</Badge> : <span />;
}
