import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowsExchange, IconMailForward, IconUserCheck, IconUserOff } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { useContact } from "~/app/entry/contact";
import { useSession } from "~/app/session";
import { refresh } from "~/features/records/api";
import type { PanelProps } from "~/features/records/special";
import { showDone, showError } from "~/ui/errors";
import { HandOverDialog } from "./HandOverDialog";
import { ResetSecondFactor } from "./ResetSecondFactor";
import { SetPassword } from "./SetPassword";

/** Invites a user who cannot log in yet, or sets a password for them; resets the second factor of one who can; deactivates one who leaves, and lets one who was deactivated in again. */
export function UserActions({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [leaving, dialog] = useDisclosure(false);
  const { numbers } = useContact();
  const reached = String(record.email || (numbers && record.phone) || "");
  const act = (verb: "invite" | "activate", done: string) => ({
    mutationFn: () => post(`/users/${record.id}:${verb}`, {}, { "Idempotency-Key": crypto.randomUUID() }),
    onSuccess: async () => {
      showDone(done);
      await refresh(client, module.name);
    },
    onError: showError,
  });
  const invite = useMutation(act("invite", t("user.invited", { email: reached })));
  const activate = useMutation(act("activate", t("user.activated")));
  const session = useSession();
  const joined = record.status === "active" || record.status === "deactivated";
  if (!module.operations.includes("administer")) return null;
  return (
    <>
      {!joined && (
        <Button
          variant="light"
          leftSection={<IconMailForward size={16} aria-hidden />}
          loading={invite.isPending}
          disabled={!reached}
          title={reached ? undefined : t(numbers ? "user.needsContact" : "user.needsEmail")}
          onClick={() => invite.mutate()}
        >
          {t("user.invite")}
        </Button>
      )}
      {joined && !record.active && (
        <Button variant="default" leftSection={<IconUserCheck size={16} aria-hidden />} loading={activate.isPending} onClick={() => activate.mutate()}>
          {t("user.activate")}
        </Button>
      )}
      {(Boolean(record.email) || Boolean(record.phone)) && <SetPassword module={module} record={record} />}
      {Boolean(record.active) && <ResetSecondFactor module={module} record={record} />}
      {record.id !== session.user.id && (
        <Button
          variant="default"
          leftSection={record.active ? <IconUserOff size={16} aria-hidden /> : <IconArrowsExchange size={16} aria-hidden />}
          onClick={dialog.open}
        >
          {t(record.active ? "user.deactivate" : "user.handOver")}
        </Button>
      )}
      <HandOverDialog user={record} opened={leaving} onClose={dialog.close} />
    </>
  );
}
