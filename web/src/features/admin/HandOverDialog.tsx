import { Alert, Button, Group, Modal, Progress, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { get, post } from "~/api/client";
import type { Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { refresh } from "~/features/records/api";
import { errorText } from "~/ui/errors";
import { ReferenceInput } from "~/ui/fields/ReferenceInput";
import { useFormat, useLabel } from "~/ui/useFormat";
import { hasEnded, percentMoved, totalOf, type HandOver, type Preview } from "./handOver";

const POLL_MS = 1000;

interface Props {
  user: Rec;
  opened: boolean;
  onClose: () => void;
}

/** Deactivates a user, or goes on with one who is inactive already, and shows the hand-over to its end. */
export function HandOverDialog({ user, opened, onClose }: Props) {
  const { t } = useTranslation();
  const [begun, setBegun] = useState(0);
  const close = (): void => {
    setBegun(0);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t(user.active && !begun ? "handOver.deactivate" : "handOver.title", { name: String(user.name) })}
      centered
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {begun ? <Running user={user} begun={begun} onClose={close} /> : <Choice user={user} onBegun={setBegun} onClose={close} />}
    </Modal>
  );
}

function Choice({ user, onBegun, onClose }: { user: Rec; onBegun: (time: number) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const active = Boolean(user.active);
  const [successor, setSuccessor] = useState("");
  const preview = useQuery({
    queryKey: ["hand-over", user.id, "preview"],
    queryFn: ({ signal }) => get<Preview>(`/users/${user.id}:previewHandOver`, undefined, signal),
    staleTime: 0,
  });
  const deactivate = useMutation({
    mutationFn: () =>
      post(`/users/${user.id}:deactivate`, { successor_id: successor, etag: user.etag }, { "Idempotency-Key": crypto.randomUUID() }),
    onSuccess: async () => {
      if (successor) onBegun(Date.now());
      else onClose();
      await refresh(client, "users");
    },
  });
  const found = preview.data;
  const owns = totalOf(found) > 0 || (found?.missing?.length ?? 0) > 0;
  const pointless = !active && !successor;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        deactivate.mutate();
      }}
    >
      <Stack>
        {active && <Text size="sm">{t("handOver.effect")}</Text>}
        {preview.isPending && <Skeleton height={72} />}
        {preview.isError && <Alert color="red" role="alert">{errorText(preview.error)}</Alert>}
        {found && <Counts preview={found} />}
        <ReferenceInput type="identity.User" label={t("handOver.successor")} value={successor} onChange={setSuccessor} />
        {owns && !successor && active && <Text size="sm" c="dimmed">{t("handOver.later")}</Text>}
        {deactivate.isError && <Alert color="red" role="alert">{errorText(deactivate.error)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" color={active ? "red" : undefined} loading={deactivate.isPending} disabled={pointless}>
            {t(active ? "user.deactivate" : "user.handOver")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Counts({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  const format = useFormat();
  const plural = usePlural();
  const owned = (preview.modules ?? []).filter(({ count }) => Number(count) > 0);
  return (
    <>
      {owned.length === 0 && !preview.missing?.length && <Text size="sm">{t("handOver.nothing")}</Text>}
      {owned.length > 0 && (
        <Table aria-label={t("handOver.records")}>
          <Table.Tbody>
            {owned.map(({ module, count }) => (
              <Table.Tr key={module}>
                <Table.Td>{plural(module)}</Table.Td>
                <Table.Td ta="end">{format.integer(count)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {preview.missing && preview.missing.length > 0 && (
        <Alert color="yellow">{t("handOver.missing", { services: preview.missing.join(", ") })}</Alert>
      )}
    </>
  );
}

function Running({ user, begun, onClose }: { user: Rec; begun: number; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const format = useFormat();
  const plural = usePlural();
  const progress = useQuery({
    queryKey: ["hand-over", user.id, begun],
    queryFn: ({ signal }) => get<HandOver>(`/users/${user.id}:handOver`, undefined, signal),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data, state.dataUpdatedAt - begun) ? false : POLL_MS),
  });
  const found = progress.data;
  const ended = found !== undefined && hasEnded(found, progress.dataUpdatedAt - begun);
  const modules = found?.modules?.map(({ module }) => module).join(" ") ?? "";
  useEffect(() => {
    if (ended) for (const module of modules.split(" ").filter(Boolean)) void refresh(client, module);
  }, [ended, modules, client]);
  const stuck = (found?.modules ?? []).filter((each) => ended && Number(each.left) > 0);
  return (
    <Stack>
      <Text aria-live="polite">{t(found?.done ? "handOver.done" : ended ? "handOver.incomplete" : "handOver.running")}</Text>
      <Progress value={found ? percentMoved(found) : 0} animated={!ended} aria-label={t("handOver.running")} />
      {stuck.map(({ module, left, error }) => (
        <Text key={module} size="sm" c="red">
          {t("handOver.left", { module: plural(module), left: format.integer(left) })} {error}
        </Text>
      ))}
      {!ended && <Text size="sm" c="dimmed">{t("handOver.mayLeave")}</Text>}
      <Group justify="flex-end"><Button onClick={onClose}>{t("action.close")}</Button></Group>
    </Stack>
  );
}

/** What a module is called; its name where the caller may not view it. */
function usePlural(): (module: string) => string {
  const label = useLabel();
  const metadata = useMetadata();
  return (name) => {
    const module = metadata.module(name);
    return module ? label(module.plural) : name;
  };
}
