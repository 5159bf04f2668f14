import { Badge, Button, Group, Skeleton, Text } from "@mantine/core";
import { IconDeviceLaptop } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, get } from "~/api/client";
import type { OwnSession } from "~/api/types";
import { showError } from "~/ui/errors";
import { PageHeader } from "~/ui/PageHeader";
import { useFormat } from "~/ui/useFormat";
import classes from "./admin.module.css";
import { SettingsLink } from "./SettingsLink";

/** Where the caller is logged in, and the way to end it there. */
export function SessionsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => get<{ sessions?: OwnSession[] }>("/sessions", {}, signal).then(({ sessions }) => sessions ?? []),
  });
  const end = useMutation({
    mutationFn: (id: string) => api("DELETE", `/sessions/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["sessions"] }),
    onError: showError,
  });
  return (
    <>
      <PageHeader title={t("settings.sessions")} above={<SettingsLink />} />
      <div className={classes.body}>
        <div className={classes.panel}>
          {!data && <Skeleton height={90} />}
          {data?.map((session) => (
            <div key={session.id} className={classes.row}>
              <IconDeviceLaptop size={22} stroke={1.5} aria-hidden />
              <div style={{ flex: 1, minWidth: 0 }}>
                <Group gap="xs">
                  <Text fw={600}>{session.device || t("session.unknown")}</Text>
                  {session.current && <Badge variant="light" tt="none">{t("session.current")}</Badge>}
                </Group>
                <Text size="sm" c="dimmed">
                  {[session.address, session.last_use_time && t("session.lastUse", { when: format.ago(session.last_use_time) })].filter(Boolean).join(" · ")}
                </Text>
              </div>
              {!session.current && (
                <Button variant="default" size="xs" loading={end.isPending && end.variables === session.id} onClick={() => end.mutate(session.id)}>
                  {t("session.end")}
                </Button>
              )}
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
