import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { OPERATIONS } from "./grants";
import classes from "./admin.module.css";

/** A table of modules by operations; its rows are the children. Scrolls sideways by itself where it is too wide. */
export function OperationMatrix({ label, children }: { label: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.matrix} role="region" aria-label={label} tabIndex={0}>
      <Table verticalSpacing={4} horizontalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("role.module")}</Table.Th>
            {OPERATIONS.map((operation) => <Table.Th key={operation}>{t(`operation.${operation}`)}</Table.Th>)}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </div>
  );
}
