import { Alert, Button, Group, Modal, NumberInput, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconKey, IconPlus, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, get, post } from "~/api/client";
import type { ApiToken } from "~/api/types";
import { EmptyState } from "~/ui/EmptyState";
import { errorText, showError } from "~/ui/errors";
import { PageHeader } from "~/ui/PageHeader";
import classes from "./admin.module.css";
import { OnceSecret } from "./OnceSecret";
import { ScopesInput, ScopesShown } from "./Scopes";
import { SettingsLink } from "./SettingsLink";
import { TokenFacts } from "./TokenFacts";

/** Tokens with which programs act as the caller. */
export function TokensPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [making, dialog] = useDisclosure(false);
  const { data } = useQuery({
    queryKey: ["api_tokens"],
    queryFn: ({ signal }) => get<{ api_tokens?: ApiToken[] }>("/api_tokens", {}, signal).then(({ api_tokens }) => api_tokens ?? []),
  });
  const reload = () => client.invalidateQueries({ queryKey: ["api_tokens"] });
  const revoke = useMutation({ mutationFn: (id: string) => api("DELETE", `/api_tokens/${id}`), onSuccess: reload, onError: showError });
  const rotate = useMutation({
    mutationFn: (id: string) => post<{ token: string }>(`/api_tokens/${id}:rotate`),
    onSuccess: reload,
    onError: showError,
  });
  const add = <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={dialog.open}>{t("token.create")}</Button>;

  return (
    <>
      <PageHeader title={t("settings.tokens")} above={<SettingsLink />} actions={data?.length ? add : undefined} />
      <div className={classes.body}>
        {!data && <Skeleton height={90} />}
        {data?.length === 0 && <EmptyState icon={IconKey} title={t("token.none")} hint={t("settings.tokensHint")}>{add}</EmptyState>}
        {Boolean(data?.length) && (
          <div className={classes.panel}>
            {data?.map((token) => (
              <div key={token.id} className={classes.row}>
                <TokenFacts token={token}>
                  <Text size="sm" component="div"><ScopesShown scopes={token.scopes ?? []} /></Text>
                </TokenFacts>
                <Button
                  variant="default"
                  size="xs"
                  leftSection={<IconRefresh size={14} aria-hidden />}
                  loading={rotate.isPending && rotate.variables === token.id}
                  onClick={() => rotate.mutate(token.id)}
                >
                  {t("token.rotate")}
                </Button>
                <Button variant="default" size="xs" loading={revoke.isPending && revoke.variables === token.id} onClick={() => revoke.mutate(token.id)}>
                  {t("token.revoke")}
                </Button>
              </div>
            ))}
          </div>
        )}
      </div>
      <Modal opened={making} onClose={dialog.close} title={t("token.create")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <NewToken onMade={() => void reload()} onClose={dialog.close} />
      </Modal>
      <Modal opened={Boolean(rotate.data)} onClose={rotate.reset} title={t("token.rotated")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        {rotate.data && <OnceSecret values={[{ value: rotate.data.token, testid: "token" }]} onClose={rotate.reset} />}
      </Modal>
    </>
  );
}

const DEFAULT_DAYS = 90;

function NewToken({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [days, setDays] = useState<number | string>(DEFAULT_DAYS);
  const [scopes, setScopes] = useState<string[]>([]);
  const make = useMutation({
    mutationFn: () => post<{ token: string }>("/api_tokens", { name: name.trim(), days: Number(days) || DEFAULT_DAYS, scopes }),
    onSuccess: onMade,
  });
  if (make.data) return <OnceSecret values={[{ value: make.data.token, testid: "token" }]} onClose={onClose} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) make.mutate();
      }}
    >
      <Stack>
        {make.isError && <Alert color="red" role="alert">{errorText(make.error)}</Alert>}
        <TextInput label={t("token.name")} description={t("token.nameHint")} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus maxLength={100} />
        <NumberInput label={t("token.days")} value={days} onChange={setDays} min={1} max={365} clampBehavior="strict" allowDecimal={false} />
        <ScopesInput label={t("scopes.title")} value={scopes} onChange={setScopes} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={make.isPending} disabled={!name.trim()}>{t("token.create")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
