/** The session ended while somebody worked: the password, over the page, so that nothing typed is lost. */
import { Button, Modal } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { goOn, logOut, useEnded, useSession } from "~/app/session";
import { AskPassword } from "./AskPassword";

export function SessionEnded() {
  const { t } = useTranslation();
  const ended = useEnded();
  return (
    <Modal
      opened={ended}
      onClose={() => undefined}
      title={t("session.over")}
      centered
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      overlayProps={{ blur: 6 }}
    >
      <Again />
    </Modal>
  );
}

function Again() {
  const { t } = useTranslation();
  const { organization } = useSession();
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    await logOut();
    await navigate({ to: "/login", ignoreBlocker: true });
  };
  return (
    <AskPassword
      organization={organization.id}
      hint={t("session.overHint")}
      onDone={goOn}
      other={<Button variant="subtle" color="gray" onClick={() => void leave()}>{t("session.another")}</Button>}
    />
  );
}
