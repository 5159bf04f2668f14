/** How far a merge is, what moved, and the way back. */
import { Button, Group, List, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "@tanstack/react-router";
import { showError } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import { isUnderWay, keep, mergeQuery, undo, type Merge } from "./merging";
import { useCalled } from "./useCalled";

export function MergeOutcome({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: merge } = useQuery(mergeQuery(id));
  const ended = merge && !isUnderWay(merge) ? merge.state : "";
  useEffect(() => {
    const made = client.getQueryData<Merge>(mergeQuery(id).queryKey);
    if (ended && made) void keep(client, made);
  }, [client, ended, id]);
  const back = useMutation({ mutationFn: () => undo(id), onSuccess: (now) => keep(client, now), onError: showError });
  if (!merge) return <Text size="sm">{t("state.loading")}</Text>;
  return (
    <Stack gap="sm">
      <Text fw={600} role="status">{t(`merge.state.${merge.state}`)}</Text>
      {isUnderWay(merge) && (
        <>
          <Progress value={100} animated aria-label={t("merge.title")} />
          <Text size="sm" c="dimmed">{t("mass.mayLeave")}</Text>
        </>
      )}
      <Moved merge={merge} />
      <Conflicts merge={merge} />
      {merge.undo_until && (
        <Group justify="flex-end">
          <Button variant="default" loading={back.isPending} onClick={() => back.mutate()}>{t("action.undo")}</Button>
        </Group>
      )}
    </Stack>
  );
}

function Moved({ merge }: { merge: Merge }) {
  const { t } = useTranslation();
  const format = useFormat();
  const called = useCalled();
  if (!merge.moved?.length) return null;
  const told = merge.moved.map(({ module, count }) => t("merge.some", { what: called(module), number: format.integer(Number(count)) }));
  return <Text size="sm">{t("merge.moved", { what: told.join(t("access.comma")) })}</Text>;
}

function Conflicts({ merge }: { merge: Merge }) {
  const { t } = useTranslation();
  if (!merge.conflicts?.length) return null;
  return (
    <>
      <Text size="sm">{t("merge.conflicts", { number: merge.conflicts.length })}</Text>
      <List size="sm">
        {merge.conflicts.map((one) => (
          <List.Item key={one.record_id}>
            {one.module
              ? <Link className="gx-link" to="/$module/$id" params={{ module: one.module, id: one.record_id }}>{one.message}</Link>
              : one.message}
          </List.Item>
        ))}
      </List>
    </>
  );
}
