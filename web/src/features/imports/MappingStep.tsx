import { Alert, Button, Group, MultiSelect, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle, IconAlertTriangle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { errorText } from "~/ui/errors";
import { useLabel } from "~/ui/useFormat";
import { act, updateImport, type Import } from "./api";
import { FormatBar } from "./FormatBar";
import classes from "./imports.module.css";
import { mappingsOf, possibleKeys, unfilled, withMapping } from "./mapping";
import { columnName, MappingRow } from "./MappingRow";

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
  const skipped = job.columns.filter((column) => mappingsOf(mappings, column).length === 0).map((column) => columnName(column, t));
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
          <span>{t("import.mapping.column")}</span><span>{t("import.mapping.samples")}</span><span>{t("import.mapping.field")}</span>
        </div>
        <ul className={classes.mapping}>
          {job.columns.map((column) => (
            <MappingRow
              key={column.index}
              module={module}
              column={column}
              mappings={mappingsOf(mappings, column)}
              onChange={(one, changed) => setMappings((before) => withMapping(before, one, changed))}
            />
          ))}
        </ul>
        {skipped.length > 0 && (
          <Text size="sm" mt="sm" data-testid="skipped">{t("import.mapping.skipped", { columns: skipped.join(t("import.and")) })}</Text>
        )}
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
          {t("import.mapping.unfilled", { fields: missing.map((field) => label(field.label)).join(t("import.and")) })}
        </Alert>
      )}
      {check.isError && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(check.error)}</Alert>}
      <Group justify="flex-end">
        <Button size="md" loading={check.isPending} onClick={() => check.mutate()}>{t("import.check")}</Button>
      </Group>
    </Stack>
  );
}
