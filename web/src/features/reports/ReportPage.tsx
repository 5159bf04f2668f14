import { Button, Group, Loader, Select, Skeleton, Text } from "@mantine/core";
import { DateInput } from "~/ui/dates";
import { IconChartBar, IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "~/api/types";
import { useSession } from "~/app/session";
import { Crash, Missing, Waiting } from "~/app/shell/states";
import { buildFilter, type Condition } from "~/features/records/filter";
import { save } from "~/ui/download";
import { EmptyState } from "~/ui/EmptyState";
import { ReferencesInput } from "~/ui/fields/ReferenceInput";
import { PageHeader } from "~/ui/PageHeader";
import { dayIn } from "~/ui/format";
import { useDatePattern, useFormat, useLabel } from "~/ui/useFormat";
import { isFilling, reportQuery, reportsQuery, type Column, type Report, type Result } from "./api";
import { axes, cellText, type Reading } from "./cells";
import { reportCsv } from "./csv";
import { ReportTable } from "./ReportTable";
import classes from "./reports.module.css";
import { presetsOf, rangeOf, type Preset, type ReportSearch } from "./search";

const Chart = lazy(() => import("~/ui/Chart").then((module) => ({ default: module.Chart })));

export function ReportPage() {
  const { id } = useParams({ from: "/inside/reports/$id" });
  const { data, error } = useQuery(reportsQuery);
  if (error && !data) return <Crash error={error} />;
  if (!data) return <Waiting />;
  const report = data.find((one) => one.id === id);
  return report ? <Shown key={id} report={report} /> : <Missing />;
}

/** A report's filter columns, read as fields, use the lists' conditions. */
const asField = (column: Column): Pick<Field, "name" | "kind"> => ({
  name: column.name,
  kind: column.kind === "reference" ? "reference" : column.kind === "choice" ? "choice" : "text",
});

function Shown({ report }: { report: Report }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const { organization } = useSession();
  const search = useSearch({ from: "/inside/reports/$id" });
  const navigate = useNavigate({ from: "/reports/$id" });
  const change = (changes: ReportSearch): void => void navigate({ search: (before) => ({ ...before, ...changes }) });

  const range = rangeOf(
    search.range ?? "all", dayIn(organization.time_zone), { from: search.from, to: search.to }, organization.fiscal_year_start_month,
  );
  const filter = buildFilter(search.where ?? [], "", report.filters.map(asField));
  // `dataUpdatedAt`: drawn again after every reading, so that the sign of figures on their way goes, too.
  const { data, error, isPlaceholderData, refetch, dataUpdatedAt } = useQuery(reportQuery(report.id, { ...range, filter, group: search.group }));
  const reading: Reading = { format, label, currency: data?.currency ?? "", none: t("report.noValue") };

  const saveTable = (result: Result): void =>
    save(new Blob([reportCsv(result, reading)], { type: "text/csv;charset=utf-8" }), `${report.id}.csv`);

  return (
    <>
      <PageHeader
        title={label(report.label)}
        above={<Link className="gx-link" style={{ fontSize: 13 }} to="/reports">{t("nav.reports")}</Link>}
        actions={
          <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} disabled={!data?.rows.length} onClick={() => data && saveTable(data)}>
            CSV
          </Button>
        }
      />
      <div className={classes.body}>
        {report.description && <Text size="sm" c="dimmed" mb="sm">{label(report.description)}</Text>}
        <Controls report={report} search={search} onChange={change} />
        {error && !data ? <Crash error={error} reset={() => void refetch()} /> : !data ? <Skeleton height={420} /> : (
          <div style={{ opacity: isPlaceholderData ? 0.55 : 1 }}>
            {dataUpdatedAt > 0 && isFilling(data) && (
              <Group gap={8} mb="xs" role="status"><Loader size={14} /><Text size="sm" c="dimmed">{t("report.filling")}</Text></Group>
            )}
            <Figures result={data} reading={reading} />
            {data.rows.length === 0
              ? <EmptyState icon={IconChartBar} title={t("report.empty")} hint={t("report.emptyHint")} />
              : (
                <>
                  <ResultChart report={report} result={data} reading={reading} />
                  <ReportTable result={data} reading={reading} />
                </>
              )}
            {data.as_of && <Text size="xs" c="dimmed" mt="xs">{t("report.asOf", { when: format.dateTime(data.as_of) })}</Text>}
          </div>
        )}
      </div>
    </>
  );
}

function Controls({ report, search, onChange }: { report: Report; search: ReportSearch; onChange: (changes: ReportSearch) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const pattern = useDatePattern();
  const start = useSession().organization.fiscal_year_start_month;
  const where = search.where ?? [];
  const valuesOf = (name: string): string[] => where.find((one) => one.f === name)?.v ?? [];
  const filterBy = (name: string, values: string[]): void => {
    const others = where.filter((one) => one.f !== name);
    const next: Condition[] = values.length ? [...others, { f: name, o: "any", v: values }] : others;
    onChange({ where: next.length ? next : undefined });
  };
  return (
    <div className={classes.bar}>
      {report.ranged && (
        <Select
          label={t("report.range")}
          data={presetsOf(start).map((value) => ({ value, label: t(`report.preset.${value}`) }))}
          value={search.range ?? "all"}
          allowDeselect={false}
          onChange={(preset) => onChange({ range: preset === "all" ? undefined : (preset as Preset) })}
        />
      )}
      {report.ranged && search.range === "custom" && (
        <>
          <DateInput label={t("filter.op.from")} valueFormat={pattern} placeholder={pattern} clearable value={search.from ?? null} onChange={(day) => onChange({ from: day ?? undefined })} />
          <DateInput label={t("filter.op.to")} valueFormat={pattern} placeholder={pattern} clearable value={search.to ?? null} onChange={(day) => onChange({ to: day ?? undefined })} />
        </>
      )}
      {report.groups.length > 0 && (
        <Select
          label={t("report.group")}
          data={report.groups.map((group) => ({ value: group.name, label: label(group.label) }))}
          value={search.group ?? null}
          placeholder={t("report.groupOwn")}
          clearable
          onChange={(group) => onChange({ group: group ?? undefined })}
        />
      )}
      {report.filters.filter((column) => column.kind === "reference" || column.kind === "choice").map((column) => (
        <div key={column.name}>
          {column.kind === "reference"
            ? <ReferencesInput label={label(column.label)} type={column.reference} value={valuesOf(column.name)} onChange={(values) => filterBy(column.name, values)} />
            : (
              <Select
                label={label(column.label)}
                data={column.choices.map((choice) => ({ value: choice.value, label: label(choice.label) }))}
                value={valuesOf(column.name)[0] ?? null}
                clearable
                onChange={(value) => filterBy(column.name, value ? [value] : [])}
              />
            )}
        </div>
      ))}
    </div>
  );
}

/** The totals, large: what most people open a report for. */
function Figures({ result, reading }: { result: Result; reading: Reading }) {
  const figures = result.columns.flatMap((column, index) => {
    const value = result.totals.values[index] ?? "";
    return column.measure && value !== "" ? [{ column, value }] : [];
  });
  if (figures.length === 0) return null;
  return (
    <dl className={classes.figures} data-testid="figures">
      {figures.map(({ column, value }) => (
        <div key={column.name} data-measure={column.name}>
          <dt>{reading.label(column.label)}</dt>
          <dd>{cellText(column, value, reading)}</dd>
        </div>
      ))}
    </dl>
  );
}

function ResultChart({ report, result, reading }: { report: Report; result: Result; reading: Reading }) {
  const drawn = axes(result.columns);
  const dimension = drawn && result.columns[drawn.dimension];
  const measure = drawn && result.columns[drawn.measure];
  if (!drawn || !dimension || !measure || !report.chart) return null;
  const points = result.rows.map(({ values }) => ({
    name: cellText(dimension, values[drawn.dimension] ?? "", reading),
    value: Number(values[drawn.measure] ?? 0),
  }));
  return (
    <div className={`gx-card ${classes.chart}`}>
      <Suspense fallback={<div><Skeleton height="100%" /></div>}>
        <Chart
          kind={report.chart}
          title={`${reading.label(report.label)}: ${reading.label(measure.label)}`}
          points={points}
          show={(value) => cellText(measure, String(value), reading)}
        />
      </Suspense>
    </div>
  );
}
