import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { ApiError, NetworkError } from "~/api/errors";

/**
 * What to tell a person about an error: the server's sentence, or our own where it could not be reached; with the number
 * to quote where the fault is the server's.
 */
export function errorText(error: unknown): string {
  if (error instanceof NetworkError) return i18next.t("error.network");
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const text = error.message || i18next.t("error.forbidden");
  return error.traceId && error.status >= 500 ? i18next.t("error.withTrace", { text, id: error.traceId }) : text;
}

export function showError(error: unknown): void {
  notifications.show({
    color: "red",
    title: i18next.t("error.title"),
    message: errorText(error),
    autoClose: 8_000,
  });
}

export function showDone(message: string): void {
  notifications.show({ color: "jade", message, autoClose: 4_000 });
}
