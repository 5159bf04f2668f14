import { Alert, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, get } from "~/api/client";
import type { ApiToken, OwnSession, Rec } from "~/api/types";
import { SessionLine } from "~/features/profile/SessionLine";
import { Fold } from "~/features/records/Fold";
import type { PanelProps } from "~/features/records/special";
import { ConfirmButton } from "~/ui/ConfirmButton";
import { deviceName } from "~/ui/device";
import { errorText, showDone } from "~/ui/errors";
import classes from "./admin.module.css";
import { TokenFacts } from "./TokenFacts";

/** Where a user is logged in and which tokens act for them, for who may end it. */
export function UserSessions({ module, record }: PanelProps) {
  const { t } = useTranslation();
  return module.operations.includes("administer") && <Fold title={t("user.sessions")}><Held record={record} /></Fold>;
}

function Held({ record }: { record: Rec }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const path = `/users/${record.id}/sessions`;
  const { data, error } = useQuery({
    queryKey: ["user_sessions", record.id],
    queryFn: ({ signal }) => get<{ sessions?: OwnSession[]; api_tokens?: ApiToken[] }>(path, {}, signal),
  });
  const ended = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: ["user_sessions", record.id] });
    showDone(t("user.ended"));
  };
  if (error) return <Alert color="red" role="alert" mt="md">{errorText(error)}</Alert>;
  if (!data) return <Skeleton height={72} mt="md" />;
  const [sessions, tokens] = [data.sessions ?? [], data.api_tokens ?? []];
  const name = String(record.name);
  return (
    <Stack gap={0} mt="sm">
      {!sessions.length && !tokens.length && <Text size="sm" c="dimmed">{t("user.noSessions")}</Text>}
      {sessions.map((session) => (
        <SessionLine key={session.id} session={session}>
          {!session.current && (
            <ConfirmButton
              size="xs"
              label={t("session.end")}
              question={t("user.endAsk", { name, what: deviceName(session.device) || t("session.unknown") })}
              run={() => api("DELETE", `${path}/${session.id}`)}
              onDone={ended}
            />
          )}
        </SessionLine>
      ))}
      {sessions.filter(({ current }) => !current).length > 1 && (
        <ConfirmButton
          mt="sm"
          style={{ alignSelf: "flex-end" }}
          size="xs"
          label={t("user.endAll")}
          question={t("user.endAllAsk", { name })}
          run={() => api("DELETE", `${path}/-`)}
          onDone={ended}
        />
      )}
      {tokens.map((token) => (
        <div key={token.id} className={classes.row}>
          <TokenFacts token={token} />
          <ConfirmButton
            size="xs"
            label={t("token.revoke")}
            question={t("user.endAsk", { name, what: token.name })}
            run={() => api("DELETE", `/users/${record.id}/api_tokens/${token.id}`)}
            onDone={ended}
          />
        </div>
      ))}
    </Stack>
  );
}
