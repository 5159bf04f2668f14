/** All rows with one wrong value, and the one correction for them. */
import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowRight, IconWand } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module } from "~/api/types";
import { showError } from "~/ui/errors";
import { ReferenceNameInput } from "~/ui/fields/ReferenceNameInput";
import { useFormat, useLabel } from "~/ui/useFormat";
import { repair, type Import, type Issue, type Repair } from "./api";
import classes from "./imports.module.css";

interface Props {
  module: Module;
  job: Import;
  issue: Issue;
  onChange: (job: Import) => void;
}

export function IssueGroup({ module, job, issue, onChange }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const field = module.fields.find(({ name }) => name === issue.field);
  const [replacement, setReplacement] = useState(issue.suggestion);
  const apply = useMutation({
    mutationFn: (change: Partial<Repair>) => repair(job.id, [{ field: issue.field, value: issue.value, ...change }]),
    onSuccess: onChange,
    onError: showError,
  });
  const rows = issue.rows.slice(0, 5).map((row) => format.integer(row)).join(", ");

  return (
    <div className={classes.issue} data-testid="issue">
      <div style={{ minWidth: 0 }}>
        <Text fw={600} style={{ overflowWrap: "anywhere" }}>
          {t("import.issue", { rows: t("import.rowCount", { count: issue.count, total: format.integer(issue.count) }), problem: issue.message })}
        </Text>
        <Text size="sm" c="dimmed">
          {field && <>{label(field.label)} · </>}
          {t("import.inRows", { rows })}{issue.count > 5 && "…"}
        </Text>
      </div>
      <Stack gap={6} align="flex-end">
        <Group gap="xs" wrap="nowrap" justify="flex-end">
          {/* On a phone the sentence says it. */}
          {issue.value && (
            <Group gap="xs" wrap="nowrap" visibleFrom="xs">
              <Text size="sm" className="gx-nowrap" maw={140} td="line-through" c="dimmed">{issue.value}</Text>
              <IconArrowRight size={14} aria-hidden />
            </Group>
          )}
          <Replacement field={field} value={replacement} onChange={setReplacement} />
          <Button
            size="sm"
            leftSection={<IconWand size={16} aria-hidden />}
            disabled={!replacement.trim() || replacement === issue.value}
            loading={apply.isPending}
            onClick={() => apply.mutate({ replacement: replacement.trim() })}
            style={{ flexShrink: 0 }}
          >
            {t("import.repairAll")}
          </Button>
        </Group>
        <Button variant="subtle" color="gray" size="compact-sm" disabled={apply.isPending} onClick={() => apply.mutate({ skip: true })}>
          {t("import.leaveOut")}
        </Button>
      </Stack>
    </div>
  );
}

/** What stands in the file is names, so that is what replaces them: of records, of choices, or any text. */
function Replacement({ field, value, onChange }: { field: Field | undefined; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const common = { "aria-label": t("import.replacement"), w: 190, size: "sm" };
  if (field?.kind === "reference" || field?.kind === "references") {
    return <ReferenceNameInput {...common} type={field.reference} value={value} onChange={onChange} />;
  }
  if (field?.choices.length) {
    return (
      <Select
        {...common}
        data={field.choices.map((choice) => ({ value: choice.value, label: label(choice.label) }))}
        value={field.choices.find((choice) => [choice.value, choice.label.zh, choice.label.en].includes(value))?.value ?? null}
        onChange={(chosen) => onChange(chosen ?? "")}
        searchable
      />
    );
  }
  return <TextInput {...common} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
