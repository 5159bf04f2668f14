import { Alert, Button, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCircleCheck, IconAlertCircle, IconSend } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { useSession } from "~/app/session";
import type { PanelProps } from "~/features/records/special";
import { errorText } from "~/ui/errors";

interface Outcome {
  accepted?: boolean;
  told: string;
}

/** Sends a test through a channel, and shows what its server said. */
export function TestChannel({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const { user } = useSession();
  const sms = record.kind === "sms";
  const [asking, dialog] = useDisclosure(false);
  const [to, setTo] = useState(sms ? "" : user.email);
  const testing = useMutation({ mutationFn: () => post<Outcome>(`/channels/${record.id}:test`, { to: to.trim() }) });
  if (!module.operations.includes("edit")) return null;
  const open = (): void => {
    testing.reset();
    dialog.open();
  };
  const outcome = testing.data;
  return (
    <>
      <Button variant="default" leftSection={<IconSend size={16} aria-hidden />} onClick={open}>{t("channel.test")}</Button>
      <Modal opened={asking} onClose={dialog.close} title={t("channel.test")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            testing.mutate();
          }}
        >
          <Stack>
            {testing.isError && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(testing.error)}</Alert>}
            {outcome && (
              <Alert color={outcome.accepted ? "jade" : "red"} icon={outcome.accepted ? <IconCircleCheck size={18} /> : <IconAlertCircle size={18} />} role="status">
                {outcome.told}
              </Alert>
            )}
            <TextInput
              label={t(sms ? "channel.toNumber" : "channel.toAddress")}
              type={sms ? "tel" : "email"}
              data-autofocus
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
            <Button type="submit" loading={testing.isPending} disabled={!to.trim()}>{t("channel.send")}</Button>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
