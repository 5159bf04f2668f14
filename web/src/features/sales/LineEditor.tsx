/**
 * The lines of a quote or an order. Made for the keyboard: Tab goes on, Enter goes down and adds a line at the end, product
 * names are offered while one types, and rows of a spreadsheet are pasted into any cell. Rows that did not change are not drawn.
 */
import { ActionIcon, Button, Group, Input, Text, VisuallyHidden } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { memo, useCallback, useEffect, useId, useMemo, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Rec } from "~/api/types";
import { useSession } from "~/app/session";
import { listRecords } from "~/features/records/api";
import { quote } from "~/features/records/filter";
import type { SpecialInputProps } from "~/features/records/special";
import { useFormat, useLabel } from "~/ui/useFormat";
import { show } from "./decimal";
import { LineList } from "./LineList";
import { cellOf, COLUMNS, isBlank, MOST, NUMBERS, paste, toSend, withCell, withProduct, type Column } from "./lines";
import { amountOf, placesOf, priceLines, type Line } from "./pricing";
import classes from "./sales.module.css";

export function LineField(props: SpecialInputProps) {
  return props.onChange ? <LineEditor {...props} onChange={props.onChange} /> : <LineList {...props} />;
}

const EMPTY: Line[] = [];

function LineEditor({ field, value, onChange, error, draft }: SpecialInputProps & { onChange: (value: unknown) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { organization } = useSession();
  const currency = String(draft.currency || organization.currency);
  const [lines, setLines] = useState<Line[]>(() => [...((value as Line[] | undefined) ?? EMPTY), {}]);
  const [typed, setTyped] = useState("");
  const table = useRef<HTMLTableElement>(null);
  const list = useId();
  const products = useProducts(typed);
  const names = useMemo(() => new Map(products.map((product) => [String(product.name), product])), [products]);

  // Rows keep the functions they were drawn with: what these need is read when they are called.
  const latest = useRef({ lines, names, currency, onChange });
  useEffect(() => {
    latest.current = { lines, names, currency, onChange };
  });
  const put = useCallback((next: Line[]) => {
    const shown = next.length < MOST && !isBlank(next.at(-1) ?? { unit: "-" }) ? [...next, {}] : next;
    latest.current.lines = shown;
    setLines(shown);
    latest.current.onChange(toSend(shown));
  }, []);
  const write = useCallback((row: number, column: Column, text: string) => {
    const { lines: now, names: known, currency: code } = latest.current;
    const product = column === "description" ? known.get(text) : undefined;
    put(now.map((line, at) => (at !== row ? line : product ? withProduct(line, product, code) : withCell(line, column, text))));
    if (column === "description") setTyped(text);
  }, [put]);
  const remove = useCallback((row: number) => put(latest.current.lines.filter((_line, at) => at !== row)), [put]);
  const pasteAt = useCallback((row: number, column: Column, text: string) => {
    put(paste(latest.current.lines, row, column, text));
    void resolve(latest.current.lines, latest.current.currency).then((found) => found.size && put(
      latest.current.lines.map((line) => (line.product_id ? line : found.get(line.description ?? "")?.(line) ?? line)),
    ));
  }, [put]);
  const go = useCallback((row: number, column: Column) => {
    table.current?.querySelector<HTMLInputElement>(`[data-row="${row}"][data-column="${column}"]`)?.focus();
  }, []);

  return (
    <div role="group" aria-label={label(field.label)}>
      <Group justify="space-between" mb={4}>
        <Input.Label component="div">{label(field.label)}</Input.Label>
        <Text size="xs" c="dimmed">{t("sales.keys")}</Text>
      </Group>
      {error && <Text c="red" size="sm" role="alert">{error}</Text>}
      <div className={classes.scroll} tabIndex={-1}>
        <table className={classes.lines} ref={table}>
          <thead>
            <tr>
              {COLUMNS.map((column) => <th key={column} scope="col" data-number={NUMBERS.has(column) || undefined}>{t(`sales.column.${column}`)}</th>)}
              <th scope="col" data-number>{t("sales.column.amount")}</th>
              <th><VisuallyHidden>{t("action.delete")}</VisuallyHidden></th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, row) => (
              <Row key={row} line={line} row={row} places={placesOf(currency)} list={list} write={write} remove={remove} pasteAt={pasteAt} go={go} />
            ))}
          </tbody>
        </table>
      </div>
      <datalist id={list}>
        {products.map((product) => <option key={product.id} value={String(product.name)}>{String(product.code ?? "")}</option>)}
      </datalist>
      <Button variant="light" size="compact-sm" mt={6} leftSection={<IconPlus size={14} aria-hidden />} disabled={lines.length >= MOST} onClick={() => go(lines.length - 1, "description")}>
        {t("line.add", { what: label(field.label) })}
      </Button>
      <TotalsOf lines={lines} currency={currency} percent={draft.discount_percent} amount={draft.discount_amount} />
    </div>
  );
}

interface RowProps {
  line: Line;
  row: number;
  places: number;
  list: string;
  write: (row: number, column: Column, text: string) => void;
  remove: (row: number) => void;
  pasteAt: (row: number, column: Column, text: string) => void;
  go: (row: number, column: Column) => void;
}

const Row = memo(function Row({ line, row, places, list, write, remove, pasteAt, go }: RowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>, column: Column): void => {
    const down = event.key === "Enter" || (event.key === "ArrowDown" && column !== "description");
    const up = event.key === "ArrowUp" && column !== "description";
    if ((!down && !up) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    go(row + (down ? 1 : -1), event.key === "Enter" ? "description" : column);
  };
  const onPaste = (event: ClipboardEvent<HTMLInputElement>, column: Column): void => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    pasteAt(row, column, text);
  };
  return (
    <tr>
      {COLUMNS.map((column) => (
        <td key={column} style={column === "description" ? { width: "36%" } : undefined}>
          <input
            className={classes.cell}
            data-row={row}
            data-column={column}
            data-number={NUMBERS.has(column) || undefined}
            aria-label={t("sales.cell", { column: t(`sales.column.${column}`), number: row + 1 })}
            inputMode={column === "quantity" || column === "unit_price" ? "decimal" : undefined}
            list={column === "description" ? list : undefined}
            autoComplete="off"
            value={cellOf(line, column)}
            onChange={(event) => write(row, column, event.currentTarget.value)}
            onKeyDown={(event) => onKeyDown(event, column)}
            onPaste={(event) => onPaste(event, column)}
          />
        </td>
      ))}
      <td data-number data-read>{isBlank(line) ? "" : format.number(show(amountOf(line, places)))}</td>
      <td>
        {!isBlank(line) && (
          <ActionIcon variant="subtle" color="red" aria-label={t("sales.removeLine", { number: row + 1 })} onClick={() => remove(row)} tabIndex={-1}>
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </td>
    </tr>
  );
});

interface TotalsProps {
  lines: Line[];
  currency: string;
  percent: unknown;
  amount: unknown;
}

function TotalsOf({ lines, currency, percent, amount }: TotalsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const totals = useMemo(() => priceLines(lines, percent, amount, placesOf(currency)), [lines, percent, amount, currency]);
  return (
    <dl className={classes.totals}>
      {(["subtotal", "discount", "tax", "total"] as const).map((name) => (
        <div key={name} style={{ display: "contents" }}>
          <dt data-total={name === "total" || undefined}>{t(`sales.${name}`)}</dt>
          <dd data-total={name === "total" || undefined}>{format.money({ currency_code: currency, amount: show(totals[name]) })}</dd>
        </div>
      ))}
    </dl>
  );
}

const OFFERED = 20;
const NONE: Rec[] = [];

/** Products on sale whose names or codes hold what was typed. */
function useProducts(typed: string): Rec[] {
  const [words] = useDebouncedValue(typed.trim(), 200);
  const { data } = useQuery({
    queryKey: ["records", "products", "offers", words],
    queryFn: async ({ signal }) => {
      const filter = words ? `search(${quote(words)}) AND inactive = false` : "inactive = false";
      return (await listRecords("products", { filter, order: "name", size: OFFERED }, signal)).records;
    },
    staleTime: 30_000,
    placeholderData: (before) => before,
  });
  return data ?? NONE;
}

const AT_ONCE = 40;

/** By what a line was called that was pasted: what its product fills in. */
async function resolve(lines: Line[], currency: string): Promise<Map<string, (line: Line) => Line>> {
  const wanted = [...new Set(lines.filter((line) => !line.product_id && line.description).map((line) => line.description ?? ""))];
  const found = new Map<string, (line: Line) => Line>();
  for (let first = 0; first < wanted.length; first += AT_ONCE) {
    const some = wanted.slice(first, first + AT_ONCE);
    const filter = some.map((name) => `name = ${quote(name)} OR code = ${quote(name)}`).join(" OR ");
    const { records } = await listRecords("products", { filter, size: 2 * AT_ONCE });
    for (const name of some) {
      const product = records.find((one) => one.name === name || one.code === name);
      // What the spreadsheet said counts more than what the product says.
      if (product) found.set(name, (line) => ({ ...withProduct(line, product, currency), ...withoutEmpty(line), product_id: product.id, description: String(product.name) }));
    }
  }
  return found;
}

const withoutEmpty = (line: Line): Line => Object.fromEntries(Object.entries(line).filter(([, value]) => value)) as Line;
