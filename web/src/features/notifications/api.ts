/** What the person was told, and where they want to be. The key begins as that of records does: live news read it again. */
import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, get, post } from "~/api/client";
import type { components } from "~/api/schema";

export type Notification = components["schemas"]["Notification"];
export type Setting = components["schemas"]["NotificationSetting"];
type Page = components["schemas"]["ListNotificationsResponse"];

const KEY = ["records", "notifications"];
const PAGE = 20;

export const notificationsQuery = (unreadOnly: boolean) =>
  infiniteQueryOptions({
    queryKey: [...KEY, { unreadOnly }],
    queryFn: ({ signal, pageParam }) =>
      get<Page>("/notifications", { page_size: PAGE, page_token: pageParam, unread_only: unreadOnly || undefined }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_page_token || undefined,
  });

/** Marks some as read, or as not read; all as read without ids. */
export function useMark() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (marked: { ids?: string[]; unread?: boolean }) => post("/notifications:mark", marked),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** `/notification_settings` are one's own, `/notification_defaults` the organization's. */
export type SettingsPath = "/notification_settings" | "/notification_defaults";

export const settingsQuery = (path: SettingsPath) => ({
  queryKey: ["notification settings", path],
  queryFn: ({ signal }: { signal: AbortSignal }) => get<{ settings?: Setting[] }>(path, {}, signal),
});

export function useChoose(path: SettingsPath) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (setting: Setting) => api<{ settings?: Setting[] }>("PATCH", path, { body: { settings: [setting] } }),
    onSuccess: (saved) => {
      client.setQueryData(["notification settings", path], saved);
      // The organization's choice is what one's own falls back to.
      if (path === "/notification_defaults") void client.invalidateQueries({ queryKey: ["notification settings", "/notification_settings"] });
    },
  });
}
