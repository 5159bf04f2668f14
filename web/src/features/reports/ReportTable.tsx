import { Table } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import type { Column, Result } from "./api";
import { cellText, type Reading } from "./cells";
import classes from "./reports.module.css";

export function ReportTable({ result, reading }: { result: Result; reading: Reading }) {
  const { t } = useTranslation();
  const { columns, rows, totals } = result;
  return (
    <div className={`gx-card ${classes.table}`}>
      <Table verticalSpacing={8} horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.name} data-number={column.measure || undefined}>{reading.label(column.label)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ values, ids }, index) => (
            <Table.Tr key={index}>
              {columns.map((column, at) => (
                <Table.Td key={column.name} data-number={column.measure || undefined}>
                  <Cell column={column} value={values[at] ?? ""} id={ids[at] ?? ""} reading={reading} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
        {totals.values.length > 0 && (
          <Table.Tfoot>
            <Table.Tr>
              {columns.map((column, at) => (
                <Table.Td key={column.name} data-number={column.measure || undefined}>
                  {column.measure ? cellText(column, totals.values[at] ?? "", reading) : at === 0 ? t("report.total") : ""}
                </Table.Td>
              ))}
            </Table.Tr>
          </Table.Tfoot>
        )}
      </Table>
    </div>
  );
}

function Cell({ column, value, id, reading }: { column: Column; value: string; id: string; reading: Reading }) {
  const module = useMetadata().ofType(column.reference);
  const text = cellText(column, value, reading);
  return id && module
    ? <Link className="gx-link" to="/$module/$id" params={{ module: module.name, id }}>{text}</Link>
    : <>{text}</>;
}
