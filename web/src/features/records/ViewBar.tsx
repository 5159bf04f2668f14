/** The views of a list, side by side, and what can be done with the one that is open. */
import { ActionIcon, Button, Group, Menu, Text, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDeviceFloppy, IconDots, IconPencil, IconPin, IconPlus, IconTrash, IconUsers } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { useSession } from "~/app/session";
import { showDone, showError } from "~/ui/errors";
import { createRecord, deleteRecord, refresh, undeleteRecord, updateRecord } from "./api";
import classes from "./ListPage.module.css";
import type { Listed } from "./useListing";
import { ViewDialog, type Named } from "./ViewDialog";
import { recordOf, useSettle } from "./views";

const VIEWS = "saved_views";
const UNDO_MS = 10_000;

export function ViewBar({ module, listed }: { module: Module; listed: Listed }) {
  const { t } = useTranslation();
  const { views, view, changed, open } = listed;
  return (
    <div className={classes.views} role="group" aria-label={t("views.title")}>
      <div className={classes.tabs}>
        {views.map((one) => (
          <UnstyledButton key={one.id} className={classes.tab} aria-current={one.id === view.id ? "true" : undefined} onClick={() => open(one.id)}>
            {one.record?.visibility === "everyone" && <IconUsers size={14} role="img" aria-label={t("views.shared")} />}
            {one.name}
            {one.id === view.id && changed && <span aria-label={t("views.changed")} title={t("views.changed")}>•</span>}
          </UnstyledButton>
        ))}
      </div>
      <Actions module={module} listed={listed} />
    </div>
  );
}

function useViewActions(module: Module, { view, search, open }: Listed) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const done = (message: string) => async (): Promise<void> => {
    await refresh(client, VIEWS);
    if (message) showDone(message);
  };
  const change = useMutation({
    mutationFn: (changes: Record<string, unknown>) => updateRecord(VIEWS, view.record as Rec, changes, crypto.randomUUID()),
    onSuccess: async () => {
      await done(t("views.saved"))();
      open(view.id);
    },
    onError: showError,
  });
  const create = useMutation({
    mutationFn: (named: Named) => createRecord(VIEWS, { ...recordOf(search, module), ...named, module: module.name }, crypto.randomUUID()),
    onSuccess: async (made) => {
      await done(t("views.saved"))();
      open(made.id);
    },
    onError: showError,
  });
  const undo = async (id: string): Promise<void> => {
    notifications.hide(`view-${id}`);
    await undeleteRecord(VIEWS, id).then(done(t("record.restored")), showError);
  };
  const remove = useMutation({
    mutationFn: () => deleteRecord(VIEWS, view.record as Rec),
    onSuccess: async (gone) => {
      open("all");
      notifications.show({
        id: `view-${gone.id}`,
        autoClose: UNDO_MS,
        message: (
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm">{t("record.isDeleted", { title: view.name })}</Text>
            <Button size="xs" variant="light" onClick={() => void undo(gone.id)}>{t("action.undo")}</Button>
          </Group>
        ),
      });
      await done("")();
    },
    onError: showError,
  });
  return { change, create, remove };
}

function Actions({ module, listed }: { module: Module; listed: Listed }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const metadata = useMetadata();
  const settle = useSettle(module);
  const { view, search, changed, settings, open } = listed;
  const { change, create, remove } = useViewActions(module, listed);
  const [dialog, setDialog] = useState<"" | "new" | "rename">("");
  const mayShare = metadata.may(VIEWS, "administer");
  const shared = view.record?.visibility === "everyone";
  const mayChange = view.record !== undefined && (shared ? mayShare : view.record.created_by === user.id);
  const isDefault = (settings.default_view || "all") === view.id;

  return (
    <Group gap={6} wrap="nowrap">
      {changed && <Button size="compact-sm" variant="subtle" onClick={() => open(view.id)}>{t("views.reset")}</Button>}
      {changed && (
        <Button size="compact-sm" variant="light" leftSection={<IconDeviceFloppy size={14} aria-hidden />} onClick={() => (mayChange ? change.mutate(recordOf(search, module)) : setDialog("new"))}>
          {t(mayChange ? "views.save" : "views.saveAs")}
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t("views.actions")}><IconDots size={18} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => setDialog("new")}>{t("views.saveAs")}</Menu.Item>
          <Menu.Item leftSection={<IconPin size={16} />} disabled={isDefault} onClick={() => settle.mutate({ default_view: view.id })}>{t("views.makeDefault")}</Menu.Item>
          {mayChange && <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setDialog("rename")}>{t("views.rename")}</Menu.Item>}
          {mayChange && mayShare && (
            <Menu.Item leftSection={<IconUsers size={16} />} onClick={() => change.mutate({ visibility: shared ? "private" : "everyone" })}>
              {t(shared ? "views.unshare" : "views.share")}
            </Menu.Item>
          )}
          {mayChange && <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => remove.mutate()}>{t("views.delete")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {dialog && (
        <ViewDialog
          title={t(dialog === "new" ? "views.saveAs" : "views.rename")}
          name={dialog === "rename" ? view.name : ""}
          shared={dialog === "new" && mayShare ? false : undefined}
          onClose={() => setDialog("")}
          onSave={(named) => {
            setDialog("");
            if (dialog === "new") create.mutate(named);
            else change.mutate({ name: named.name });
          }}
        />
      )}
    </Group>
  );
}
