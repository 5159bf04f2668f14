/** The reader's mass edits of a module, newest first: how each ended, and the way back. */
import { Drawer, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { useFormat, useLabel } from "~/ui/useFormat";
import { massEditsQuery, type MassEdit } from "./api";
import { Outcome } from "./Outcome";

export function MassEditHistory({ module, onClose }: { module: Module; onClose: () => void }) {
  const { t } = useTranslation();
  const { data } = useQuery(massEditsQuery(module.name));
  return (
    <Drawer opened onClose={onClose} position="right" title={t("mass.history")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stack gap="xl">
        {data?.length === 0 && <Text size="sm" c="dimmed">{t("mass.none")}</Text>}
        {data?.map((job) => (
          <section key={job.id}>
            <Headline module={module} job={job} />
            <Outcome module={module} id={job.id} />
          </section>
        ))}
      </Stack>
    </Drawer>
  );
}

function Headline({ module, job }: { module: Module; job: MassEdit }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const names = (job.changes ?? []).map(({ field }) => {
    const found = module.fields.find(({ name }) => name === field);
    return found ? label(found.label) : field;
  });
  return (
    <Text size="sm" c="dimmed" mb={4}>
      {job.create_time && format.dateTime(job.create_time)} · {job.delete ? t("action.delete") : names.join(", ")}
    </Text>
  );
}
