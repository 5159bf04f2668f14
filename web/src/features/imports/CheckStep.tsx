import { Alert, Button, Group, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle, IconChecks, IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { save } from "~/ui/download";
import { errorText, showError } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import { act, issuesQuery, updateImport, type Import } from "./api";
import { badRowsFile } from "./badRows";
import { BadRows } from "./BadRows";
import classes from "./imports.module.css";
import { IssueGroup } from "./IssueGroup";
import { MissingRecords } from "./MissingRecords";
import { Tile } from "./Tile";

interface Props {
  module: Module;
  job: Import;
  onChange: (job: Import) => void;
}

/** Step 3: what is wrong, grouped by cause, repaired for all rows at once or cell by cell. */
export function CheckStep({ module, job, onChange }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [view, setView] = useState<"groups" | "rows">("groups");
  const issues = useQuery(issuesQuery(job));
  const run = useMutation({ mutationFn: () => act(job.id, "run"), onSuccess: onChange });
  // Settings as they are: the server goes back to the mapping.
  const back = useMutation({ mutationFn: () => updateImport(job.id, { mappings: job.mappings }), onSuccess: onChange });
  const downloading = useMutation({
    mutationFn: () => badRowsFile(job, t("import.problem")),
    onSuccess: (file) => save(file, job.file_name.replace(/\.\w+$/, "") + "-problems.csv"),
    onError: showError,
  });
  const { counts } = job;

  return (
    <Stack gap="md">
      <section className={classes.panel} aria-label={t("import.result")}>
        <dl className={classes.tiles}>
          <Tile label={t("import.count.rows")} value={format.integer(counts.rows)} />
          <Tile label={t("import.count.valid")} value={format.integer(counts.valid)} tone="good" />
          <Tile label={t("import.count.invalid")} value={format.integer(counts.invalid)} tone={counts.invalid ? "bad" : undefined} />
        </dl>
      </section>
      {counts.invalid === 0 && !issues.data?.issues.length
        ? <Alert color="jade" icon={<IconChecks size={20} />} title={t("import.allGood")} />
        : (
          <section className={classes.panel} aria-labelledby="issues-title">
            <Group justify="space-between" mb="xs">
              <Title order={2} id="issues-title">{t("import.problems")}</Title>
              <Group gap="sm">
                <SegmentedControl
                  size="xs"
                  aria-label={t("import.problems")}
                  data={[{ value: "groups", label: t("import.byCause") }, { value: "rows", label: t("import.byRow") }]}
                  value={view}
                  onChange={(value) => setView(value as "groups" | "rows")}
                />
                <Button
                  size="compact-sm"
                  variant="subtle"
                  leftSection={<IconDownload size={16} aria-hidden />}
                  loading={downloading.isPending}
                  onClick={() => downloading.mutate()}
                >
                  {t("import.downloadBad")}
                </Button>
              </Group>
            </Group>
            {view === "rows"
              ? <BadRows module={module} job={job} onChange={onChange} />
              : (
                <>
                  {!issues.data && <Skeleton height={80} />}
                  {issues.data && <MissingRecords module={module} job={job} issues={issues.data.issues} onChange={onChange} />}
                  {issues.data?.issues.map((issue) => (
                    <IssueGroup key={`${issue.field} ${issue.code} ${issue.value}`} module={module} job={job} issue={issue} onChange={onChange} />
                  ))}
                  {issues.data?.more && <Text size="sm" c="dimmed">{t("import.moreIssues")}</Text>}
                </>
              )}
          </section>
        )}
      {run.isError && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(run.error)}</Alert>}
      <Group justify="space-between">
        <Button variant="default" loading={back.isPending} onClick={() => back.mutate()}>{t("import.backToMapping")}</Button>
        <Button size="md" disabled={counts.valid === 0} loading={run.isPending} onClick={() => run.mutate()}>
          {counts.invalid > 0
            ? t("import.runSome", { count: counts.valid, valid: format.integer(counts.valid), invalid: format.integer(counts.invalid) })
            : t("import.runAll", { count: counts.valid, valid: format.integer(counts.valid) })}
        </Button>
      </Group>
    </Stack>
  );
}
