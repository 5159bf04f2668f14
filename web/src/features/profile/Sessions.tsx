import { Button, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, get } from "~/api/client";
import type { OwnSession } from "~/api/types";
import { showError } from "~/ui/errors";
import { Section } from "./Section";
import { SessionLine } from "./SessionLine";

/** Where the caller is logged in, and the way to end it there, or everywhere else. */
export function Sessions() {
  const { t } = useTranslation();
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
        <SessionLine key={session.id} session={session}>
          {!session.current && (
            <Button variant="default" size="xs" loading={end.isPending && end.variables === session.id} onClick={() => end.mutate(session.id)}>
              {t("session.end")}
            </Button>
          )}
        </SessionLine>
      ))}
    </Section>
  );
}
