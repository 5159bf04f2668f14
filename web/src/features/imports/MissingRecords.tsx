/** Names in the file of records that are not there yet, and one button that makes them with the import. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { showError } from "~/ui/errors";
import { useFormat, useLabel } from "~/ui/useFormat";
import { act, updateImport, type Import, type Issue } from "./api";
import { creatable } from "./mapping";

interface Props {
  module: Module;
  job: Import;
  issues: Issue[];
  onChange: (job: Import) => void;
}

interface Missing {
  field: string;
  target: Module;
  count: number;
}

export function MissingRecords({ module, job, issues, onChange }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const metadata = useMetadata();
  const make = useMutation({
    mutationFn: async (field: string) => {
      await updateImport(job.id, {
        mappings: job.mappings.map((one) => (one.field === field ? { ...one, create_missing: true } : one)),
      });
      return act(job.id, "validate");
    },
    onSuccess: onChange,
    onError: showError,
  });
  const unknown = issues.filter(({ code }) => code === "UNKNOWN_REFERENCE");
  const missing = [...new Set(unknown.map(({ field }) => field))].flatMap((field): Missing[] => {
    const target = creatable(module, module.fields.find(({ name }) => name === field), metadata);
    const own = unknown.filter((issue) => issue.field === field);
    // A name that is near to another is more likely misspelt than missing.
    return target && own.every(({ suggestion }) => !suggestion) ? [{ field, target, count: own.length }] : [];
  });
  return missing.map(({ field, target, count }) => {
    const what = label(count === 1 ? target.label : target.plural);
    return (
      <Alert key={field} color="blue" mb="sm">
        <Group justify="space-between" gap="sm">
          <Text size="sm" flex="1 1 240px">{t("import.missing", { count, total: format.integer(count), what })}</Text>
          <Button size="sm" leftSection={<IconPlus size={16} aria-hidden />} loading={make.isPending} onClick={() => make.mutate(field)}>
            {t("import.createMissing", { what })}
          </Button>
        </Group>
      </Alert>
    );
  });
}
