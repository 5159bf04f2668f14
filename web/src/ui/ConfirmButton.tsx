import { Alert, Button, Group, Modal, Stack, Text, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { errorText } from "./errors";

interface Props extends ButtonProps {
  label: string;
  /** Where several buttons of a page have the same words. */
  name?: string;
  question: string;
  /** The words of the button that does it; those of this one unless given. */
  confirm?: string;
  run: () => Promise<unknown>;
  onDone: () => unknown;
}

/** Does something that cannot be undone, after a question. */
export function ConfirmButton({ label, name, question, confirm, run, onDone, ...button }: Props) {
  const { t } = useTranslation();
  const [asking, dialog] = useDisclosure(false);
  const running = useMutation({
    mutationFn: run,
    onSuccess: async () => {
      await onDone();
      dialog.close();
    },
  });
  const open = (): void => {
    running.reset();
    dialog.open();
  };
  return (
    <>
      <Button variant="default" {...button} aria-label={name} onClick={open}>{label}</Button>
      <Modal opened={asking} onClose={dialog.close} title={label} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <Stack>
          {running.isError && <Alert color="red" role="alert">{errorText(running.error)}</Alert>}
          <Text size="sm">{question}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>{t("action.cancel")}</Button>
            <Button color="red" loading={running.isPending} onClick={() => running.mutate()}>{confirm ?? label}</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
