import { ActionIcon, Text, Tooltip } from "@mantine/core";
import { IconMail, IconMailOpened } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFormat } from "~/ui/useFormat";
import { useMark, type Notification } from "./api";
import classes from "./notifications.module.css";

/** Notifications, newest first; opening one marks it as read. */
export function NotificationList({ items, onOpen }: { items: readonly Notification[]; onOpen?: () => void }) {
  const mark = useMark();
  return (
    <ul className={classes.list}>
      {items.map((item) => (
        <Item
          key={item.id}
          item={item}
          onOpen={() => {
            if (!item.read_time) mark.mutate({ ids: [item.id ?? ""] });
            onOpen?.();
          }}
          onMark={(unread) => mark.mutate({ ids: [item.id ?? ""], unread })}
        />
      ))}
    </ul>
  );
}

function Item({ item, onOpen, onMark }: { item: Notification; onOpen: () => void; onMark: (unread: boolean) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const unread = !item.read_time;
  const action = t(unread ? "notifications.markRead" : "notifications.markUnread");
  const words = (
    <>
      <Text span size="sm" fw={unread ? 600 : 400} className={classes.text}>{item.text}</Text>
      <Text span size="xs" c="dimmed">
        <time dateTime={item.create_time}>{format.dateTime(item.create_time ?? "")}</time>
        {unread && ` · ${t("notifications.unread")}`}
      </Text>
    </>
  );
  return (
    <li className={classes.item} data-unread={unread || undefined}>
      {item.module
        ? <Link className={classes.words} {...target(item)} onClick={onOpen}>{words}</Link>
        : <span className={classes.words}>{words}</span>}
      <Tooltip label={action}>
        <ActionIcon variant="subtle" color="gray" aria-label={`${action}: ${item.text ?? ""}`} onClick={() => onMark(!unread)}>
          {unread ? <IconMailOpened size={18} aria-hidden /> : <IconMail size={18} aria-hidden />}
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

/** The record it is about, else the list. */
function target(item: Notification) {
  const module = item.module ?? "";
  return item.record_id
    ? { to: "/$module/$id" as const, params: { module, id: item.record_id } }
    : { to: "/$module" as const, params: { module } };
}
