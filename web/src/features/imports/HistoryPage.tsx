import { Badge, Button, Skeleton, Table, Text } from "@mantine/core";
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
          <div className="gx-card" style={{ overflowX: "auto" }}>
            <Table verticalSpacing="sm" horizontalSpacing="md">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("import.file")}</Table.Th>
                  <Table.Th>{t("import.module")}</Table.Th>
                  <Table.Th>{t("import.status")}</Table.Th>
                  <Table.Th ta="end">{t("import.count.created")}</Table.Th>
                  <Table.Th ta="end">{t("import.count.updated")}</Table.Th>
                  <Table.Th>{t("import.when")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data?.map((job) => {
                  const module = metadata.module(job.module);
                  return (
                    <Table.Tr key={job.id}>
                      <Table.Td><Link className="gx-link" to="/imports/$id" params={{ id: job.id }}>{job.file_name}</Link></Table.Td>
                      <Table.Td>{module ? label(module.plural) : job.module}</Table.Td>
                      <Table.Td><Badge variant="light" tt="none" color={COLORS[job.state] ?? (isWorking(job.state) ? "blue" : "yellow")}>{t(`import.state.${job.state}`)}</Badge></Table.Td>
                      <Table.Td ta="end">{format.integer(job.counts.created)}</Table.Td>
                      <Table.Td ta="end">{format.integer(job.counts.updated)}</Table.Td>
                      <Table.Td><Text size="sm" className="gx-nowrap" title={format.dateTime(job.create_time)}>{format.ago(job.create_time)}</Text></Table.Td>
                    </Table.Tr>
                  );
                })}
              </Table.Tbody>
            </Table>
          </div>
        )}
      </div>
    </>
  );
}
