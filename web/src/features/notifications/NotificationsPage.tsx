import { Alert, Button, Group, SegmentedControl, Skeleton } from "@mantine/core";
import { IconBellOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { errorText } from "~/ui/errors";
import { PageHeader } from "~/ui/PageHeader";
import { notificationsQuery, useMark } from "./api";
import { NotificationList } from "./NotificationList";
import classes from "./notifications.module.css";

/** Everything the person was told within 90 days. */
export function NotificationsPage() {
  const { t } = useTranslation();
  const [unreadOnly, setUnreadOnly] = useState(false);
  const query = useInfiniteQuery(notificationsQuery(unreadOnly));
  const mark = useMark();
  const items = query.data?.pages.flatMap((page) => page.notifications ?? []) ?? [];
  const unread = query.data?.pages[0]?.unread_count ?? 0;
  return (
    <>
      <PageHeader
        title={t("notifications.title")}
        actions={(
          <Group gap="xs">
            {unread > 0 && <Button variant="default" loading={mark.isPending} onClick={() => mark.mutate({})}>{t("notifications.markAll")}</Button>}
            <Button variant="subtle" renderRoot={(props) => <Link to="/settings/account" {...props} />}>{t("notifications.settings")}</Button>
          </Group>
        )}
      />
      <div className={classes.page}>
        <SegmentedControl
          mb="md"
          aria-label={t("notifications.show")}
          value={unreadOnly ? "unread" : "all"}
          onChange={(value) => setUnreadOnly(value === "unread")}
          data={[{ value: "all", label: t("notifications.everything") }, { value: "unread", label: t("notifications.onlyUnread") }]}
        />
        {query.isPending && <Skeleton height={220} />}
        {query.isError && <Alert color="red" role="alert">{errorText(query.error)}</Alert>}
        {query.isSuccess && items.length === 0 && <EmptyState icon={IconBellOff} title={t("notifications.none")} hint={t("notifications.noneHint")} />}
        <NotificationList items={items} />
        {query.hasNextPage && (
          <Button mt="md" variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("audit.more")}</Button>
        )}
      </div>
    </>
  );
}
