/** What an account has bought: its orders' sums, by year and by product, as far as the reader sees orders. */
import { Group, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { Money } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import panel from "~/features/records/RecordPage.module.css";
import type { PanelProps } from "~/features/records/special";
import { ReferenceLink } from "~/ui/fields/FieldValue";
import { useFormat } from "~/ui/useFormat";
import classes from "./sales.module.css";

interface History {
  order_count?: number;
  total?: Money;
  first_order_date?: string;
  last_order_date?: string;
  years?: { year: number; order_count: number; total?: Money }[];
  products?: { product_id?: string; description?: string; quantity?: string; total?: Money; last_order_date?: string }[];
}

export function PurchaseHistory({ record }: PanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const mayView = Boolean(useMetadata().module("orders"));
  const { data } = useQuery({
    queryKey: ["records", "orders", "history", record.id],
    queryFn: ({ signal }) => get<History>("/orders:purchaseHistory", { account_id: record.id }, signal),
    enabled: mayView,
  });
  if (!data?.order_count) return null;
  return (
    <section className={panel.panel} aria-label={t("purchases.title")}>
      <div className={panel.head}>
        <Group gap={8}>
          <Title order={2} size="h3">{t("purchases.title")}</Title>
          <Text size="sm" c="dimmed">{t("purchases.span", { from: format.date(data.first_order_date), to: format.date(data.last_order_date) })}</Text>
        </Group>
        <Link className="gx-link" to="/$module" params={{ module: "orders" }} search={{ where: [{ f: "account_id", o: "any", v: [record.id] }] }}>
          {t("purchases.orders", { count: data.order_count })}
        </Link>
      </div>
      <div className={classes.scroll} role="region" tabIndex={0} aria-label={t("purchases.byYear")}>
        <Table>
          <Table.Thead><Table.Tr><Table.Th>{t("purchases.year")}</Table.Th><Table.Th ta="end">{t("purchases.count")}</Table.Th><Table.Th ta="end">{t("purchases.sum")}</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {data.years?.map((year) => (
              <Table.Tr key={year.year}>
                <Table.Td>{year.year}</Table.Td>
                <Table.Td ta="end">{format.integer(year.order_count)}</Table.Td>
                <Table.Td ta="end">{format.money(year.total)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot><Table.Tr><Table.Th>{t("sales.total")}</Table.Th><Table.Th ta="end">{format.integer(data.order_count)}</Table.Th><Table.Th ta="end">{format.money(data.total)}</Table.Th></Table.Tr></Table.Tfoot>
        </Table>
      </div>
      {Boolean(data.products?.length) && (
        <div className={classes.scroll} role="region" tabIndex={0} aria-label={t("purchases.byProduct")}>
          <Table mt="md">
            <Table.Thead><Table.Tr><Table.Th>{t("purchases.product")}</Table.Th><Table.Th ta="end">{t("sales.column.quantity")}</Table.Th><Table.Th ta="end">{t("purchases.net")}</Table.Th><Table.Th ta="end">{t("purchases.last")}</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {data.products?.map((one, index) => (
                <Table.Tr key={one.product_id || index}>
                  <Table.Td>{one.product_id ? <ReferenceLink type="sales.Product" id={one.product_id} /> : one.description}</Table.Td>
                  <Table.Td ta="end">{format.number(one.quantity ?? "0")}</Table.Td>
                  <Table.Td ta="end">{format.money(one.total)}</Table.Td>
                  <Table.Td ta="end">{format.date(one.last_order_date)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}
