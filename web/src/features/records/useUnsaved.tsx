/** Asks before a form with something typed is left: by a link, the browser's buttons, Esc, or by closing the window. */
import { Button, Group, Modal } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** `leave` does what it is given, at once or after the question; `question` is to be drawn with the form. */
export function useUnsaved(dirty: boolean): { leave: (how: () => void) => void; question: ReactNode } {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<{ how: () => void } | null>(null);
  const blocker = useBlocker({ shouldBlockFn: () => dirty, enableBeforeUnload: dirty, withResolver: true });
  const stay = (): void => {
    setWanted(null);
    blocker.reset?.();
  };
  const go = (): void => {
    setWanted(null);
    if (wanted) wanted.how();
    else blocker.proceed?.();
  };
  return {
    leave: (how) => (dirty ? setWanted({ how }) : how()),
    question: (
      <Modal
        opened={wanted !== null || blocker.status === "blocked"}
        onClose={stay}
        title={t("form.unsaved")}
        centered
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={go}>{t("form.leave")}</Button>
          <Button onClick={stay} data-autofocus>{t("form.stay")}</Button>
        </Group>
      </Modal>
    ),
  };
}
