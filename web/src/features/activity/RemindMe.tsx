/** "Remind me": of any record, at a time, by the channels chosen. */
import { ActionIcon, Button, Group, Modal, Stack, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBellPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { createRecord, refresh, titleOf } from "~/features/records/api";
import { useDraft } from "~/features/records/useDraft";
import { showDone, showError } from "~/ui/errors";
import { FieldInput } from "~/ui/fields/FieldInput";

const ASKED = ["text", "due_time", "channels"];

export default function RemindMe({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  const reminders = useMetadata().module("reminders");
  const [opened, { open, close }] = useDisclosure();
  if (!reminders?.operations.includes("create") || module.name === reminders.name) return null;
  return (
    <>
      <Tooltip label={t("reminder.me")}>
        <ActionIcon variant="default" size={36} aria-label={t("reminder.me")} onClick={open}><IconBellPlus size={18} /></ActionIcon>
      </Tooltip>
      <Modal opened={opened} onClose={close} title={t("reminder.me")} closeButtonProps={{ "aria-label": t("action.close") }}>
        <Form reminders={reminders} module={module} record={record} onDone={close} />
      </Modal>
    </>
  );
}

function Form({ reminders, module, record, onDone }: { reminders: Module; module: Module; record: Rec; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const fields = ASKED.flatMap((name) => reminders.fields.find((field) => field.name === name) ?? []);
  const form = useDraft(fields, { text: titleOf(record, module) });
  const [key] = useState(() => crypto.randomUUID());
  const save = useMutation({
    mutationFn: () => createRecord(reminders.name, { ...form.draft, module: module.name, record_id: record.id }, key),
    onSuccess: async () => {
      await refresh(client, reminders.name);
      showDone(t("reminder.set"));
      onDone();
    },
    onError: (error) => {
      if (!form.accept(error, reminders)) showError(error);
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) save.mutate();
      }}
    >
      <Stack gap="sm">
        {fields.map((field) => (
          <div key={field.name} data-field={field.name}>
            <FieldInput field={field} value={form.draft[field.name]} onChange={(value) => form.change(field.name, value)} error={form.errors[field.name]} />
          </div>
        ))}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>{t("action.cancel")}</Button>
          <Button type="submit" loading={save.isPending}>{t("action.save")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
