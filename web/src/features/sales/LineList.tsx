/** The lines of a quote or an order, as they are kept. */
import { useTranslation } from "react-i18next";
import type { SpecialInputProps } from "~/features/records/special";
import { isEmpty } from "~/features/records/api";
import { ReferenceLink } from "~/ui/fields/FieldValue";
import { useFormat } from "~/ui/useFormat";
import { cellOf, COLUMNS, NUMBERS } from "./lines";
import type { Line } from "./pricing";
import classes from "./sales.module.css";

export function LineList({ value }: SpecialInputProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const lines = (value as Line[] | undefined) ?? [];
  if (lines.length === 0) return <>—</>;
  const hasShipped = lines.some((line) => Number(line.shipped ?? 0) > 0);
  const money = (text: string | null | undefined): string => (isEmpty(text) ? "" : format.number(String(text)));
  return (
    <div className={classes.scroll} role="region" tabIndex={0} aria-label={t("sales.lines")}>
      <table className={classes.lines} data-read>
        <thead>
          <tr>
            {COLUMNS.map((column) => <th key={column} scope="col" data-number={NUMBERS.has(column) || undefined}>{t(column === "discount" ? "sales.lineDiscount" : `sales.column.${column}`)}</th>)}
            {hasShipped && <th scope="col" data-number>{t("sales.column.shipped")}</th>}
            <th scope="col" data-number>{t("sales.column.amount")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={line.id ?? index}>
              <td data-read>
                {line.product_id ? <ReferenceLink type="sales.Product" id={line.product_id} /> : line.description}
              </td>
              <td data-read data-number>{money(line.quantity)}</td>
              <td data-read>{line.unit}</td>
              <td data-read data-number>{money(line.unit_price)}</td>
              <td data-read data-number>{cellOf(line, "discount")}</td>
              <td data-read data-number>{money(line.tax_percent)}</td>
              {hasShipped && <td data-read data-number>{money(line.shipped)}</td>}
              <td data-read data-number>{money(line.amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
