import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { registerSW } from "virtual:pwa-register";

const RELOADED = "guanxi.reloaded";
const A_WHILE_MS = 30_000;

/** A page that was opened before a new version came may miss its parts: it is loaded again, but not in a loop. */
window.addEventListener("vite:preloadError", (event) => {
  if (Date.now() - Number(sessionStorage.getItem(RELOADED) ?? 0) < A_WHILE_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  event.preventDefault();
  window.location.reload();
});

/** Registers the service worker; a new version is offered, never forced: a form may be half filled in. */
export function offerUpdates(): void {
  if (!("serviceWorker" in navigator)) return;
  const update = registerSW({
    onNeedRefresh() {
      notifications.show({
        id: "update",
        autoClose: false,
        message: (
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm">{i18next.t("update.ready")}</Text>
            <Button size="xs" onClick={() => void update(true)}>
              {i18next.t("update.reload")}
            </Button>
          </Group>
        ),
      });
    },
  });
}
