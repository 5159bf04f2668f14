/** A list as a table or as a board, and what the board's columns are. */
import { Center, SegmentedControl, Select, VisuallyHidden } from "@mantine/core";
import { IconLayoutKanban, IconTable } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Field } from "~/api/types";
import { useLabel } from "~/ui/useFormat";
import { firstGroup } from "./board";
import type { Layout, ListSearch } from "./search";

interface Props {
  fields: Field[];
  search: ListSearch;
  onChange: (changes: Partial<ListSearch>) => void;
}

const SIGNS = { table: IconTable, board: IconLayoutKanban };

export function LayoutSwitch({ fields, search, onChange }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <>
      <SegmentedControl
        aria-label={t("board.layout")}
        value={search.layout}
        onChange={(layout) => onChange(layout === "board" ? { layout, group: search.group || (firstGroup(fields)?.name ?? "") } : { layout: layout as Layout, group: "" })}
        data={(["table", "board"] as const).map((layout) => {
          const Sign = SIGNS[layout];
          return { value: layout, label: <Center><Sign size={16} aria-hidden /><VisuallyHidden>{t(`board.layouts.${layout}`)}</VisuallyHidden></Center> };
        })}
      />
      {search.layout === "board" && (
        <Select
          aria-label={t("board.groupBy")}
          data={fields.map((field) => ({ value: field.name, label: label(field.label) }))}
          value={search.group}
          onChange={(group) => group && onChange({ group })}
          allowDeselect={false}
          w={160}
        />
      )}
    </>
  );
}
