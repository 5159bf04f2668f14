/** Data cleaning: duplicates of a module, in groups, merged one by one or many at once. */
import { Button, Group, NumberInput, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconCopyCheck, IconSettings } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { Missing } from "~/app/shell/states";
import { mayMerge } from "~/features/duplicates/merging";
import { ConfirmButton } from "~/ui/ConfirmButton";
import { EmptyState } from "~/ui/EmptyState";
import { showError } from "~/ui/errors";
import { formatTotal } from "~/ui/format";
import { PageHeader } from "~/ui/PageHeader";
import { useFormat, useLabel } from "~/ui/useFormat";
import { begin, groupsQuery, isUnderWay, jobQuery, readAgain, SCANNED } from "./api";
import classes from "./cleaning.module.css";
import { GroupCard } from "./GroupCard";
import { JobLine } from "./JobLine";

const LIKELY = 75;

export function CleaningPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const metadata = useMetadata();
  const modules = SCANNED.flatMap((name) => metadata.module(name) ?? []).filter(mayMerge);
  const [chosen, setChosen] = useState<string>();
  const module = modules.find(({ name }) => name === chosen) ?? modules[0];
  if (!module) return <Missing />;
  return (
    <>
      <PageHeader
        title={t("cleaning.title")}
        actions={metadata.module("duplicate_rules") && (
          <Button
            variant="default"
            leftSection={<IconSettings size={16} aria-hidden />}
            renderRoot={(props) => <Link to="/$module" params={{ module: "duplicate_rules" }} {...props} />}
          >
            {t("cleaning.rules")}
          </Button>
        )}
      />
      <div className={classes.body}>
        <SegmentedControl
          aria-label={t("cleaning.module")}
          data={modules.map((one) => ({ value: one.name, label: label(one.plural) }))}
          value={module.name}
          onChange={setChosen}
        />
        <Duplicates key={module.name} module={module} />
      </div>
    </>
  );
}

function Duplicates({ module }: { module: Module }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [score, setScore] = useState(1);
  const [tokens, setTokens] = useState<string[]>([""]);
  const { data } = useQuery(groupsQuery(module.name, score, tokens.at(-1) ?? ""));
  const scan = useQuery(jobQuery("duplicate_scans", module.name)).data;
  const merging = useQuery(jobQuery("group_merges", module.name)).data;
  const busy = [scan, merging].some((job) => job && isUnderWay(job));
  const start = useMutation({
    mutationFn: () => begin("duplicate_scans", { module: module.name }),
    onSuccess: () => readAgain(client),
    onError: showError,
  });
  return (
    <Stack gap="md">
      <Group>
        <Button loading={start.isPending} disabled={busy} onClick={() => start.mutate()}>{t("cleaning.scan")}</Button>
        <JobLine kind="duplicate_scans" job={scan} />
      </Group>
      <JobLine kind="group_merges" job={merging} />
      {!data && <Skeleton height={160} aria-label={t("state.loading")} />}
      {data && (data.total > 0 || score > 1) && (
        <Group align="flex-end">
          <NumberInput
            label={t("cleaning.atLeast")} suffix="%" min={1} max={100} w={140} value={score}
            onChange={(value) => { setScore(Number(value) || 1); setTokens([""]); }}
          />
          <ConfirmButton
            label={t("cleaning.mergeAll", { total: formatTotal(data.total, format) })}
            question={t("cleaning.mergeAllQuestion", { total: formatTotal(data.total, format), score: Math.max(score, 1) })}
            confirm={t("merge.action")}
            disabled={busy || data.total === 0}
            run={() => begin("group_merges", { module: module.name, min_score: score })}
            onDone={() => readAgain(client)}
          />
        </Group>
      )}
      {data?.total === 0 && score === 1 && <EmptyState icon={IconCopyCheck} title={t("cleaning.none")} hint={t("cleaning.noneHint")} />}
      <ul className={classes.groups} aria-label={t("cleaning.groups")}>
        {data?.groups.map((group) => <GroupCard key={group.id} module={module} group={group} likely={group.score >= LIKELY} />)}
      </ul>
      {data && (tokens.length > 1 || data.next) && (
        <Group justify="center">
          <Button variant="default" disabled={tokens.length < 2} onClick={() => setTokens(tokens.slice(0, -1))}>{t("list.previous")}</Button>
          <Button variant="default" disabled={!data.next} onClick={() => setTokens([...tokens, data.next])}>{t("list.next")}</Button>
        </Group>
      )}
      <Text size="sm" c="dimmed">{t("cleaning.scope")}</Text>
    </Stack>
  );
}
