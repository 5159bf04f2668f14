import { Alert, Button, Code, Group, Modal, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, get, post } from "~/api/client";
import type { ApiClientSecret } from "~/api/types";
import { refresh } from "~/features/records/api";
import type { PanelProps } from "~/features/records/special";
import recordClasses from "~/features/records/RecordPage.module.css";
import { errorText, showError } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import classes from "./admin.module.css";
import { OnceSecret } from "./OnceSecret";

const MOST = 2;

/** How a program proves to be this client: its id, the secrets in force, and where it gets tokens. */
export function ApiClientSecrets({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [asking, dialog] = useDisclosure(false);
  const administers = module.operations.includes("administer") && !record.delete_time;
  const path = `/api_clients/${record.id}/secrets`;
  const { data } = useQuery({
    queryKey: ["records", module.name, "secrets", record.id, record.etag],
    queryFn: ({ signal }) => get<{ secrets?: ApiClientSecret[] }>(path, {}, signal).then(({ secrets }) => secrets ?? []),
  });
  const reload = () => refresh(client, module.name);
  const make = useMutation({ mutationFn: () => post<{ client_secret: string }>(path, {}), onSuccess: reload });
  const remove = useMutation({ mutationFn: (id: string) => api("DELETE", `${path}/${id}`), onSuccess: reload, onError: showError });
  const open = (): void => {
    make.reset();
    dialog.open();
  };

  return (
    <section className={recordClasses.panel} aria-label={t("client.secrets")}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h3">{t("client.secrets")}</Title>
        {administers && (data?.length ?? MOST) < MOST && (
          <Button variant="light" size="xs" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>{t("client.addSecret")}</Button>
        )}
      </Group>
      <Text size="sm">client_id</Text>
      <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{record.id}</Code>
      <Text size="sm" mt="sm">{t("client.endpoint")}</Text>
      <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{`${window.location.origin}/api/v1/oauth/token`}</Code>
      {!data && <Skeleton height={60} mt="sm" />}
      {data?.length === 0 && <Text c="dimmed" size="sm" mt="sm">{t("client.noSecret")}</Text>}
      {data?.map((secret) => (
        <div key={secret.id} className={classes.row}>
          <IconKey size={22} stroke={1.5} aria-hidden />
          <div style={{ flex: 1, minWidth: 0 }}>
            <Text fw={600}>…{secret.hint}</Text>
            <Text size="sm" c="dimmed">
              {[
                secret.create_time && t("client.made", { when: format.dateTime(secret.create_time) }),
                secret.last_use_time ? t("session.lastUse", { when: format.ago(secret.last_use_time) }) : t("token.neverUsed"),
              ].filter(Boolean).join(" · ")}
            </Text>
          </div>
          {administers && (
            <Button
              variant="default"
              size="xs"
              aria-label={t("client.deleteSecret", { hint: secret.hint })}
              loading={remove.isPending && remove.variables === secret.id}
              onClick={() => remove.mutate(secret.id)}
            >
              {t("token.revoke")}
            </Button>
          )}
        </div>
      ))}
      <Modal opened={asking} onClose={dialog.close} title={t("client.addSecret")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        {make.data
          ? (
            <OnceSecret
              values={[
                { label: "client_id", value: record.id, testid: "client_id" },
                { label: "client_secret", value: make.data.client_secret, testid: "client_secret" },
              ]}
              onClose={dialog.close}
            />
          )
          : (
            <Stack>
              {make.isError && <Alert color="red" role="alert">{errorText(make.error)}</Alert>}
              <Text size="sm">{t("client.addSecretHint")}</Text>
              <Group justify="flex-end">
                <Button variant="default" onClick={dialog.close}>{t("action.cancel")}</Button>
                <Button loading={make.isPending} onClick={() => make.mutate()}>{t("client.addSecret")}</Button>
              </Group>
            </Stack>
          )}
      </Modal>
    </section>
  );
}

/** How many there are: the panel below shows them. */
export function SecretCount({ value }: { value: unknown }) {
  const format = useFormat();
  return <span>{format.integer(Array.isArray(value) ? value.length : 0)}</span>;
}
