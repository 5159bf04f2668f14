import { ActionIcon, Alert, Button, Menu, Skeleton, Stack, Text } from "@mantine/core";
import { IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/errors";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { Crash, Missing } from "~/app/shell/states";
import { hasTimeline, Timeline } from "~/features/timeline/Timeline";
import { useRemember } from "~/features/personal/recents";
import { StarButton } from "~/features/personal/StarButton";
import { showDone, showError } from "~/ui/errors";
import { PageHeader } from "~/ui/PageHeader";
import { useFormat, useLabel } from "~/ui/useFormat";
import { recordQuery, refresh, titleOf, undeleteRecord } from "./api";
import { BackLink } from "./BackLink";
import { EditForm } from "./EditForm";
import { FieldList } from "./FieldList";
import { History } from "./History";
import classes from "./RecordPage.module.css";
import { Related, relatedTo } from "./Related";
import { shownFields, showsRelated, specialActions, specialPanel } from "./special";
import { useDelete } from "./useDelete";
import { WhoMaySee } from "./WhoMaySee";

const RemindMe = lazy(() => import("~/features/activity/RemindMe"));
const MergeNote = lazy(() => import("~/features/duplicates/MergeNote"));
const Activity = lazy(() => import("~/features/activity/Activity"));

export function RecordPage() {
  const { module: name, id } = useParams({ from: "/inside/$module/$id" });
  const module = useMetadata().module(name);
  const query = useQuery({ ...recordQuery(name, id), enabled: Boolean(module) });
  if (!module) return <Missing />;
  if (query.error && !query.data) {
    return query.error instanceof ApiError && query.error.status === 404
      ? <Missing />
      : <Crash error={query.error} reset={() => void query.refetch()} />;
  }
  if (!query.data) return <Placeholder module={module} />;
  return <Loaded key={`${name}/${id}`} module={module} record={query.data} />;
}

function Loaded({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  const navigate = useNavigate();
  const remove = useDelete(module);
  useRemember(module, record);
  const gone = Boolean(record.delete_time);
  const metadata = useMetadata();
  const links = showsRelated(module) ? relatedTo(module, metadata.modules) : [];
  const wide = links.length === 0 || shownFields(module).some((field) => field.kind === "object");
  const Actions = specialActions(module);
  const Panel = specialPanel(module);
  const may = (operation: string): boolean => module.operations.includes(operation);

  return (
    <>
      <PageHeader
        title={titleOf(record, module) || t("field.untitled")}
        above={<BackLink module={module} />}
        actions={!gone && !editing && (
          <>
            <StarButton module={module} record={record} />
            <Suspense><RemindMe module={module} record={record} /></Suspense>
            {Actions && <Suspense><Actions module={module} record={record} /></Suspense>}
            {may("edit") && (
              <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setEditing(true)}>{t("action.edit")}</Button>
            )}
            {may("delete") && (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon variant="default" size={36} aria-label={t("action.more")}><IconDots size={18} /></ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item
                    color="red"
                    leftSection={<IconTrash size={16} />}
                    onClick={() => remove.mutate(record, {
                      onSuccess: () => void navigate({ to: "/$module", params: { module: module.name } }),
                    })}
                  >
                    {t("action.delete")}
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          </>
        )}
      />
      <div className={classes.body} data-wide={wide || undefined}>
        <div>
          {module.mergeable && <Suspense><MergeNote module={module} record={record} /></Suspense>}
          {gone && <Deleted module={module} record={record} />}
          <section className={classes.panel} aria-label={t("record.details")}>
            {editing
              ? <EditForm module={module} record={record} onDone={() => setEditing(false)} />
              : <FieldList module={module} record={record} />}
          </section>
          {Panel && <Suspense><Panel module={module} record={record} /></Suspense>}
          <Suspense><Activity module={module} record={record} /></Suspense>
          {hasTimeline(module) && <Timeline module={module} record={record} />}
          <WhoMaySee module={module} record={record} />
          <History module={module} record={record} />
          <Bookkeeping record={record} />
        </div>
        {links.length > 0 && <Stack gap="md"><Related module={module} record={record} links={links} /></Stack>}
      </div>
    </>
  );
}

function Deleted({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: () => undeleteRecord(module.name, record.id),
    onSuccess: async () => {
      await refresh(client, module.name);
      showDone(t("record.restored"));
    },
    onError: showError,
  });
  return (
    <Alert color="yellow" mb="md" icon={<IconTrash size={18} />} title={t("record.deleted", { when: format.dateTime(record.delete_time) })}>
      {module.operations.includes("delete") && (
        <Button size="xs" variant="default" loading={restore.isPending} onClick={() => restore.mutate()}>{t("record.restore")}</Button>
      )}
    </Alert>
  );
}

function Bookkeeping({ record }: { record: Rec }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Text size="xs" c="dimmed" px={4} mt="sm">
      {record.create_time && <>{t("record.created", { when: format.dateTime(record.create_time) })}<br /></>}
      {record.update_time && t("record.updated", { when: format.dateTime(record.update_time) })}
    </Text>
  );
}

function Placeholder({ module }: { module: Module }) {
  const label = useLabel();
  return (
    <>
      <PageHeader title={label(module.label)} heading={<Skeleton component="span" display="inline-block" height={24} width={240} />} above={<BackLink module={module} />} />
      <div className={classes.body}>
        <div className={classes.panel}>
          {[0, 1, 2, 3, 4].map((row) => <Skeleton key={row} height={16} my={14} width={row % 2 ? "70%" : "90%"} />)}
        </div>
      </div>
    </>
  );
}
