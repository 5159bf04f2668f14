import { Button } from "@mantine/core";
import { IconMailForward } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { refresh } from "~/features/records/api";
import type { PanelProps } from "~/features/records/special";
import { showDone, showError } from "~/ui/errors";
import { ResetSecondFactor } from "./ResetSecondFactor";

/** For administrators: invites a user who cannot log in yet, resets the second factor of one who can. */
export function UserActions(props: PanelProps) {
  if (!props.module.operations.includes("administer")) return null;
  return props.record.active ? <ResetSecondFactor {...props} /> : <Invite {...props} />;
}

function Invite({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const invite = useMutation({
    mutationFn: () => post(`/users/${record.id}:invite`, {}, { "Idempotency-Key": crypto.randomUUID() }),
    onSuccess: async () => {
      showDone(t("user.invited", { email: String(record.email) }));
      await refresh(client, module.name);
    },
    onError: showError,
  });
  return (
    <Button
      variant="light"
      leftSection={<IconMailForward size={16} aria-hidden />}
      loading={invite.isPending}
      disabled={!record.email}
      title={record.email ? undefined : t("user.needsEmail")}
      onClick={() => invite.mutate()}
    >
      {t("user.invite")}
    </Button>
  );
}
