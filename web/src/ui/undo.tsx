/** Says what was done, with a moment to think better of it. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { showDone, showError } from "./errors";

const UNDO_MS = 10_000;

/** `undo` takes it back; `undone` is said then. */
export function offerUndo(id: string, message: string, undo: () => Promise<unknown>, undone: string): void {
  const run = async (): Promise<void> => {
    notifications.hide(id);
    try {
      await undo();
      showDone(undone);
    } catch (error) {
      showError(error);
    }
  };
  notifications.show({
    id,
    autoClose: UNDO_MS,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button size="xs" variant="light" onClick={() => void run()}>{i18next.t("action.undo")}</Button>
      </Group>
    ),
  });
}
