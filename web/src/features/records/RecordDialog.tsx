/** A short form for a new record, without leaving the page. */
import { Alert, Button, Group, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { sectionsOf } from "~/app/metadata";
import { errorText } from "~/ui/errors";
import { useLabel } from "~/ui/useFormat";
import { createRecord, refresh } from "./api";
import { changesOf, toDraft, type Draft } from "./draft";
import { FormFields } from "./FormFields";
import { applies, formFields } from "./special";
import { useDraft } from "./useDraft";

interface Props {
  module: Module;
  /** Fields that are asked for, in order; the others are left as they are. */
  asked: readonly string[];
  /** What the form begins with. */
  preset?: Draft;
  /** What is written beside what is asked for. */
  fixed?: Record<string, unknown>;
  onClose: () => void;
  onCreated: (record: Rec) => void | Promise<void>;
}

export function RecordDialog({ module, asked, preset, fixed, onClose, onCreated }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const all = formFields(module, true);
  const fields = asked.flatMap((name) => all.find((field) => field.name === name) ?? []);
  const [empty] = useState(() => toDraft(undefined, fields));
  const form = useDraft(fields, { ...empty, ...preset });
  const [key] = useState(() => crypto.randomUUID());
  const create = useMutation({
    mutationFn: () => {
      const given = fields.filter((field) => applies(field, form.draft));
      return createRecord(module.name, { ...changesOf(empty, form.draft, given), ...fixed }, key);
    },
    onSuccess: async (record) => {
      await refresh(client, module.name);
      await onCreated(record);
    },
    onError: (error) => form.accept(error, module),
  });
  const failure = create.isError && Object.keys(form.errors).length === 0 ? errorText(create.error) : "";
  return (
    <Modal opened onClose={onClose} size="lg" title={t("form.new", { what: label(module.label) })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (form.check()) create.mutate();
        }}
      >
        {failure && <Alert color="red" mb="md" role="alert">{failure}</Alert>}
        <FormFields module={module} sections={sectionsOf(fields, label)} draft={form.draft} errors={form.errors} onChange={form.change} />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={create.isPending}>{t("form.create")}</Button>
        </Group>
      </form>
    </Modal>
  );
}
