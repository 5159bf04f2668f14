/** A list as a board: which fields can be its columns, and how many records each holds. */
import { infiniteQueryOptions, queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { Field, Money, Module } from "~/api/types";
import { readableFields, useMetadata, type Metadata } from "~/app/metadata";
import { useLabel } from "~/ui/useFormat";
import { listQuery, listRecords, titleOf } from "./api";
import { quote } from "./filter";

const CARDS = 20;
/** Records of another module that stand side by side, such as stages. */
const MOST_COLUMNS = 30;

export interface Counted {
  value?: string;
  count?: string | number;
  sums?: Money[];
}

export interface Column {
  /** Empty for records without a value. */
  value: string;
  title: string;
  color?: string;
  count: number;
  sums: Money[];
}

/** Fields whose values can be columns: choices, and references to records that stand in an order, such as stages. */
export function groupFields(module: Module, metadata: Metadata): Field[] {
  return readableFields(module).filter((field) =>
    field.filterable && (field.kind === "choice"
      || (field.kind === "reference" && metadata.ofType(field.reference)?.fields.some(({ name, sortable }) => name === "position" && sortable))));
}

/** The field that a board begins with: what is listed, what stands in an order first. */
export const firstGroup = (fields: Field[]): Field | undefined =>
  fields.find((field) => field.listed && field.kind === "reference") ?? fields.find((field) => field.listed) ?? fields[0];

export const moneyField = (module: Module): Field | undefined => readableFields(module).find((field) => field.kind === "money" && field.listed);

/** The filter of one column's cards. */
export function columnFilter(filter: string, field: Field, value: string): string {
  const own = value ? `${field.name} = ${quote(value)}` : `NOT ${field.name}:*`;
  return filter ? `(${filter}) AND ${own}` : own;
}

const countsQuery = (module: string, group: string, filter: string, sum: string) =>
  queryOptions({
    queryKey: ["records", module, "board", group, filter, sum],
    queryFn: async ({ signal }) => (await get<{ columns?: Counted[] }>(`/boards/${module}`, { group_by: group, filter, sum }, signal)).columns ?? [],
  });

export const cardsQuery = (module: string, filter: string, order: string) =>
  infiniteQueryOptions({
    queryKey: ["records", module, "cards", filter, order],
    queryFn: ({ pageParam, signal }) => listRecords(module, { filter, order, token: pageParam, size: CARDS }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });

/** The columns in the order of their values; those without a value last, where there are such records. */
export function useColumnsOf(module: Module, field: Field, filter: string): { columns: Column[] | undefined; error: unknown } {
  const { t } = useTranslation();
  const label = useLabel();
  const target = useMetadata().ofType(field.reference);
  const counts = useQuery(countsQuery(module.name, field.name, filter, moneyField(module)?.name ?? ""));
  const records = useQuery({ ...listQuery(target?.name ?? "", { order: "position", size: MOST_COLUMNS }), enabled: target !== undefined });
  const columns = useMemo(() => {
    if (!counts.data || (target && !records.data)) return undefined;
    const found = new Map(counts.data.map((one) => [one.value ?? "", one]));
    const values = target
      ? (records.data?.records ?? []).map((record) => ({ value: record.id, title: titleOf(record, target), color: undefined }))
      : field.choices.map((choice) => ({ value: choice.value, title: label(choice.label), color: choice.color || undefined }));
    const known = new Set(values.map(({ value }) => value));
    const rest = counts.data.filter(({ value = "" }) => !known.has(value)).map(({ value = "" }) => ({ value, title: value ? t("board.other") : t("board.none"), color: undefined }));
    return [...values, ...rest].map((one): Column => {
      const held = found.get(one.value);
      return { ...one, count: Number(held?.count ?? 0), sums: held?.sums ?? [] };
    });
  }, [counts.data, records.data, target, field, label, t]);
  return { columns, error: counts.error ?? records.error };
}
