import { Badge, Button, Group, Skeleton, Text } from "@mantine/core";
import { IconDeviceLaptop } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, get } from "~/api/client";
import type { OwnSession } from "~/api/types";
import { showError } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import classes from "~/features/admin/admin.module.css";
import { Section } from "./Section";

/** Where the caller is logged in, and the way to end it there, or everywhere else. */
export function Sessions() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => get<{ sessions?: OwnSession[] }>("/sessions", {}, signal).then(({ sessions }) => sessions ?? []),
  });
  const reload = () => client.invalidateQueries({ queryKey: ["sessions"] });
  const end = useMutation({ mutationFn: (id: string) => api("DELETE", `/sessions/${id}`), onSuccess: reload, onError: showError });
  const endOthers = useMutation({ mutationFn: () => api("DELETE", "/sessions"), onSuccess: reload, onError: showError });
  const others = data?.some(({ current }) => !current) && (
    <Button variant="default" size="xs" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>{t("session.endOthers")}</Button>
  );
  return (
    <Section title={t("settings.sessions")} hint={t("settings.sessionsHint")} action={others}>
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
              {[
                session.address,
                session.last_use_time && t("session.lastUse", { when: format.ago(session.last_use_time) }),
                session.expire_time && t("session.until", { when: format.dateTime(session.expire_time) }),
              ].filter(Boolean).join(" · ")}
            </Text>
          </div>
          {!session.current && (
            <Button variant="default" size="xs" loading={end.isPending && end.variables === session.id} onClick={() => end.mutate(session.id)}>
              {t("session.end")}
            </Button>
          )}
        </div>
      ))}
    </Section>
  );
}
