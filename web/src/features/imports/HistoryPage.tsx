import { Badge, Button, Skeleton, Text } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { useFormat, useLabel } from "~/ui/useFormat";
import { importsQuery, isWorking, type State } from "./api";
import classes from "./imports.module.css";

const COLORS: Partial<Record<State, string>> = { done: "jade", failed: "red", cancelled: "gray", undone: "gray" };

export function HistoryPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const metadata = useMetadata();
  const { data } = useQuery(importsQuery);
  const start = (
    <Button renderRoot={(props) => <Link to="/imports/new" search={{}} {...props} />} leftSection={<IconFileImport size={18} aria-hidden />}>
      {t("import.title")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("nav.imports")} actions={data?.length ? start : undefined} />
      <div className={classes.body}>
        {!data && <Skeleton height={160} />}
        {data?.length === 0 && <EmptyState icon={IconFileImport} title={t("import.none")} hint={t("import.noneHint")}>{start}</EmptyState>}
        {Boolean(data?.length) && (
          <ul className={classes.history}>
            {data?.map((job) => {
              const module = metadata.module(job.module);
              const facts = [
                module ? label(module.plural) : job.module,
                ...(job.counts.created ? [`${t("import.count.created")} ${format.integer(job.counts.created)}`] : []),
                ...(job.counts.updated ? [`${t("import.count.updated")} ${format.integer(job.counts.updated)}`] : []),
                format.ago(job.create_time),
              ];
              return (
                <li key={job.id}>
                  <div style={{ minWidth: 0 }}>
                    <Link className="gx-link" to="/imports/$id" params={{ id: job.id }}><b>{job.file_name}</b></Link>
                    <Text size="sm" c="dimmed">{facts.join(" · ")}</Text>
                  </div>
                  <Badge variant="light" tt="none" color={COLORS[job.state] ?? (isWorking(job.state) ? "blue" : "yellow")}>
                    {t(`import.state.${job.state}`)}
                  </Badge>
                </li>
              );
            })}
          </ul>
        )}
      </div>
    </>
  );
}
