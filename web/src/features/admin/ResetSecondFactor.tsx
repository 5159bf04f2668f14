import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconShieldOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { useSession } from "~/app/session";
import type { PanelProps } from "~/features/records/special";
import { errorText, showDone } from "~/ui/errors";

/** Lets somebody who lost phone and recovery codes begin anew. One's own is replaced in My account. */
export function ResetSecondFactor({ record }: PanelProps) {
  const { t } = useTranslation();
  const { user } = useSession();
  const [asking, dialog] = useDisclosure(false);
  const reset = useMutation({
    mutationFn: () => post(`/users/${record.id}:resetSecondFactor`),
    onSuccess: () => {
      showDone(t("factor.resetDone", { email: String(record.email) }));
      dialog.close();
    },
  });
  if (user.id === record.id) return null;
  const open = (): void => {
    reset.reset();
    dialog.open();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconShieldOff size={16} aria-hidden />} onClick={open}>{t("factor.reset")}</Button>
      <Modal opened={asking} onClose={dialog.close} title={t("factor.reset")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <Stack>
          {reset.isError && <Alert color="red" role="alert">{errorText(reset.error)}</Alert>}
          <Text size="sm">{t("factor.resetAsk", { name: String(record.name) })}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>{t("action.cancel")}</Button>
            <Button color="red" loading={reset.isPending} onClick={() => reset.mutate()}>{t("factor.confirmReset")}</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
