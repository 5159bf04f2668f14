/** Every stage an opportunity has been in. */
import { Text, Timeline, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import { ReferenceLink } from "~/ui/fields/FieldValue";
import { useFormat } from "~/ui/useFormat";
import classes from "./RecordPage.module.css";
import type { PanelProps } from "./special";

interface StageChange {
  id: string;
  from_stage_id: string;
  to_stage_id: string;
  time: string;
  changed_by: string;
}

export function StageHistory({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery({
    queryKey: ["records", module.name, "stages", record.id, record.etag],
    queryFn: ({ signal }) => get<{ stage_changes?: StageChange[] }>(`/opportunities/${record.id}/stage_changes`, {}, signal),
  });
  const changes = data?.stage_changes ?? [];
  if (changes.length === 0) return null;
  return (
    <section className={classes.panel} aria-label={t("record.stages")}>
      <Title order={2} size="h3" mb="md">{t("record.stages")}</Title>
      <Timeline bulletSize={12} lineWidth={2} active={changes.length}>
        {changes.map((change) => (
          <Timeline.Item key={change.id}>
            <Text size="sm" component="div">
              {change.from_stage_id && <><ReferenceLink type="sales.Stage" id={change.from_stage_id} /> → </>}
              <ReferenceLink type="sales.Stage" id={change.to_stage_id} />
              <Text span size="xs" c="dimmed"> · <time dateTime={change.time}>{format.dateTime(change.time)}</time></Text>
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </section>
  );
}
