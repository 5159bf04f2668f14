import { ActionIcon, Button, Checkbox, Popover, ScrollArea, Stack, Text, Tooltip } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { useLabel } from "~/ui/useFormat";
import { columnFields } from "./columns";

interface Props {
  module: Module;
  chosen: string[];
  onChoose: (names: string[] | null) => void;
}

export function ColumnMenu({ module, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <Popover position="bottom-end" width={240} trapFocus>
      <Popover.Target>
        <Tooltip label={t("list.columns")}>
          <ActionIcon variant="default" size={36} aria-label={t("list.columns")} visibleFrom="sm">
            <IconColumns3 size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <Text size="sm" fw={600} px={4} pb={6}>{t("list.columns")}</Text>
        <ScrollArea.Autosize mah={320} type="auto">
          <Stack gap={8} p={4}>
            {columnFields(module).map((field) => (
              <Checkbox
                key={field.name}
                size="sm"
                label={label(field.label)}
                checked={chosen.includes(field.name)}
                disabled={field.name === module.title_field}
                onChange={(event) =>
                  onChoose(event.currentTarget.checked ? [...chosen, field.name] : chosen.filter((name) => name !== field.name))}
              />
            ))}
          </Stack>
        </ScrollArea.Autosize>
        <Button variant="subtle" size="compact-sm" fullWidth mt="xs" onClick={() => onChoose(null)}>{t("list.columnsReset")}</Button>
      </Popover.Dropdown>
    </Popover>
  );
}
