import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPassword } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { useSession } from "~/app/session";
import { refresh } from "~/features/records/api";
import type { PanelProps } from "~/features/records/special";
import { errorText, showDone } from "~/ui/errors";
import { InitialPassword } from "./InitialPassword";

/** Lets a user in with a password that is passed on to them, to choose their own. One's own is changed in My account. */
export function SetPassword({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const { user } = useSession();
  const client = useQueryClient();
  const [asking, dialog] = useDisclosure(false);
  const [password, setPassword] = useState("");
  const setting = useMutation({
    mutationFn: () => post(`/users/${record.id}:setPassword`, { password }),
    onSuccess: async () => {
      showDone(t("user.passwordSet", { name: String(record.name) }));
      dialog.close();
      await refresh(client, module.name);
    },
  });
  if (user.id === record.id) return null;
  const open = (): void => {
    setting.reset();
    setPassword("");
    dialog.open();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconPassword size={16} aria-hidden />} onClick={open}>{t("user.setPassword")}</Button>
      <Modal opened={asking} onClose={dialog.close} title={t("user.setPassword")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            setting.mutate();
          }}
        >
          <Stack>
            {setting.isError && <Alert color="red" role="alert">{errorText(setting.error)}</Alert>}
            <Text size="sm">{t("user.setPasswordAsk", { name: String(record.name) })}</Text>
            <InitialPassword value={password} onChange={setPassword} />
            <Group justify="flex-end">
              <Button variant="default" onClick={dialog.close}>{t("action.cancel")}</Button>
              <Button type="submit" loading={setting.isPending} disabled={!password}>{t("user.setPassword")}</Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
