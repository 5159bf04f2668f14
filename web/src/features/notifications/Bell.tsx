import { ActionIcon, Button, Group, Indicator, Popover, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBell } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { notificationsQuery, useMark } from "./api";
import { NotificationList } from "./NotificationList";
import classes from "./notifications.module.css";

const SHOWN = 8;

/** How many are unread, and the newest ones; live. */
export function Bell() {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const { data } = useInfiniteQuery(notificationsQuery(false));
  const mark = useMark();
  const first = data?.pages[0];
  const unread = first?.unread_count ?? 0;
  const items = first?.notifications?.slice(0, SHOWN) ?? [];
  const counted = unread >= 100 ? "99+" : String(unread);
  return (
    <Popover opened={opened} onChange={(next) => !next && close()} width={380} position="bottom-end" trapFocus shadow="md">
      <Indicator label={counted} disabled={unread === 0} size={16} offset={6} color="red.8">
        <Popover.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            onClick={toggle}
            aria-label={unread ? t("notifications.bellUnread", { unread: counted }) : t("notifications.title")}
            aria-expanded={opened}
          >
            <IconBell size={20} stroke={1.6} aria-hidden />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={0} className={classes.dropdown} role="dialog" aria-label={t("notifications.title")}>
        <Group justify="space-between" px="sm" py="xs" wrap="nowrap">
          <Title order={2} size="h4">{t("notifications.title")}</Title>
          {unread > 0 && (
            <Button variant="subtle" size="compact-sm" loading={mark.isPending} onClick={() => mark.mutate({})}>
              {t("notifications.markAll")}
            </Button>
          )}
        </Group>
        {items.length === 0 && <Text size="sm" c="dimmed" px="sm" pb="sm">{t("notifications.none")}</Text>}
        <NotificationList items={items} onOpen={close} />
        <Button fullWidth variant="subtle" radius={0} renderRoot={(props) => <Link to="/notifications" {...props} />} onClick={close}>
          {t("notifications.all")}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
