import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { ApiError, NetworkError } from "~/api/errors";

/** What to tell a person about an error: the server's sentence, or our own where it could not be reached. */
export function errorText(error: unknown): string {
  if (error instanceof NetworkError) return i18next.t("error.network");
  if (error instanceof ApiError) {
    if (error.status === 403) return error.message || i18next.t("error.forbidden");
    return error.message;
  }
  return error instanceof Error ? error.message : String(error);
}

export function showError(error: unknown): void {
  const trace = error instanceof ApiError && error.traceId && error.status >= 500 ? error.traceId : "";
  notifications.show({
    color: "red",
    title: i18next.t("error.title"),
    message: errorText(error) + (trace ? ` (${i18next.t("error.trace", { id: trace })})` : ""),
    autoClose: 8_000,
  });
}

export function showDone(message: string): void {
  notifications.show({ color: "jade", message, autoClose: 4_000 });
}
