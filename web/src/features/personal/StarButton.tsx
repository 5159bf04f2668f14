import { ActionIcon, Tooltip } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { titleOf } from "~/features/records/api";
import { useStars, useToggleStar } from "./stars";

/** Marks a record as one's favourite. */
export function StarButton({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  const on = useStars().some(({ record_id: id }) => id === record.id);
  const toggle = useToggleStar();
  const Sign = on ? IconStarFilled : IconStar;
  return (
    <Tooltip label={t(on ? "stars.remove" : "stars.add")}>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={t("stars.star")}
        aria-pressed={on}
        onClick={() => toggle.mutate({ star: { module: module.name, record_id: record.id, title: titleOf(record, module) }, on: !on })}
      >
        <Sign size={18} color={on ? "var(--mantine-color-yellow-6)" : undefined} />
      </ActionIcon>
    </Tooltip>
  );
}
