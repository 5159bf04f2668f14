import { SimpleGrid, Skeleton, Text } from "@mantine/core";
import { IconChartBar, IconChartLine, IconChartPie } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { useLabel } from "~/ui/useFormat";
import { reportsQuery } from "./api";
import classes from "./reports.module.css";

const ICONS = { bar: IconChartBar, line: IconChartLine, pie: IconChartPie, "": IconChartBar };

export function ReportsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const { data } = useQuery(reportsQuery);
  return (
    <>
      <PageHeader title={t("nav.reports")} />
      <div className={classes.body}>
        {data?.length === 0 && <EmptyState icon={IconChartBar} title={t("report.none")} />}
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="md">
          {!data && [0, 1, 2].map((index) => <Skeleton key={index} height={92} />)}
          {data?.map((report) => {
            const Sign = ICONS[report.chart] ?? IconChartBar;
            return (
              <Link key={report.id} className={classes.card} to="/reports/$id" params={{ id: report.id }}>
                <Sign size={26} stroke={1.5} aria-hidden className={classes.sign} />
                <div>
                  <Text fw={600}>{label(report.label)}</Text>
                  {report.description && <Text size="sm" c="dimmed">{label(report.description)}</Text>}
                </div>
              </Link>
            );
          })}
        </SimpleGrid>
      </div>
    </>
  );
}
