import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Reason } from "./duplicates";

/** Why a record may be the one that is meant, in words. */
export function Reasons({ reasons }: { reasons: Reason[] }) {
  const { t } = useTranslation();
  return <Text span size="sm" c="dimmed">{reasons.map((reason) => t(`duplicate.reason.${reason}`)).join(t("access.comma"))}</Text>;
}
