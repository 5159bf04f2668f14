import { IconShieldOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { useSession } from "~/app/session";
import type { PanelProps } from "~/features/records/special";
import { ConfirmButton } from "~/ui/ConfirmButton";
import { showDone } from "~/ui/errors";

/** Lets somebody who lost phone and recovery codes begin anew. One's own is replaced in My account. */
export function ResetSecondFactor({ record }: PanelProps) {
  const { t } = useTranslation();
  const { user } = useSession();
  if (user.id === record.id) return null;
  return (
    <ConfirmButton
      leftSection={<IconShieldOff size={16} aria-hidden />}
      label={t("factor.reset")}
      question={t("factor.resetAsk", { name: String(record.name) })}
      confirm={t("factor.confirmReset")}
      run={() => post(`/users/${record.id}:resetSecondFactor`)}
      onDone={() => showDone(t("factor.resetDone", { email: String(record.email) }))}
    />
  );
}
