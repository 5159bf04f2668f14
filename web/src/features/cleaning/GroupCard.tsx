/** Records that are probably one: merge them, or say that they are different. */
import { Badge, Button, Group, Paper, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { MergeDialog } from "~/features/duplicates/MergeDialog";
import { titleOf } from "~/features/records/api";
import { showDone, showError } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import { judge, readAgain, REASONS, type Group as Found } from "./api";

export function GroupCard({ module, group, likely }: { module: Module; group: Found; likely: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [merging, setMerging] = useState(false);
  const dismiss = useMutation({
    mutationFn: () => judge(group.id, "dismiss"),
    onSuccess: async () => {
      await readAgain(client);
      showDone(t("cleaning.dismissed"));
    },
    onError: showError,
  });
  const reasons = REASONS.filter((reason) => group.reasons?.includes(reason)).map((reason) => t(`cleaning.reason.${reason}`));
  return (
    <Paper component="li" withBorder p="sm">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div style={{ minWidth: 0, flex: "1 1 240px" }}>
          {group.members.map((record) => (
            <div key={record.id}>
              <Link className="gx-link" to="/$module/$id" params={{ module: module.name, id: record.id }}>{titleOf(record, module) || t("field.untitled")}</Link>{" "}
              <Text span size="sm" c="dimmed">{[record.phone, record.email, record.website].filter(Boolean).map(String).join(" · ")}</Text>
            </div>
          ))}
          <Group gap={8} mt={4}>
            <Badge variant="light" tt="none" color={likely ? "jade" : "gray"}>{format.percent(group.score)}</Badge>
            <Text size="sm" c="dimmed">{reasons.join(t("access.comma"))}</Text>
          </Group>
        </div>
        <Group gap={8}>
          <Button size="compact-sm" onClick={() => setMerging(true)}>{t("merge.action")}</Button>
          <Button size="compact-sm" variant="default" loading={dismiss.isPending} onClick={() => dismiss.mutate()}>{t("cleaning.different")}</Button>
        </Group>
      </Group>
      {merging && (
        <MergeDialog
          module={module}
          ids={group.members.map(({ id }) => id)}
          onClose={() => setMerging(false)}
          onMerged={() => void readAgain(client)}
        />
      )}
    </Paper>
  );
}
