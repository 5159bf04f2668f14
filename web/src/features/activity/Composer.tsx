/** Writes down a call, an e-mail, a meeting, a visit, a chat or a note: one form, whose fields follow the kind. */
import { Alert, Button, Group, SimpleGrid, Tabs } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Module, Rec } from "~/api/types";
import { editableFields } from "~/app/metadata";
import { createRecord, refresh } from "~/features/records/api";
import { changesOf, toDraft } from "~/features/records/draft";
import { applies, isWide } from "~/features/records/special";
import { useDraft } from "~/features/records/useDraft";
import { errorText, showDone } from "~/ui/errors";
import { FieldInput } from "~/ui/fields/FieldInput";
import { useLabel } from "~/ui/useFormat";
import classes from "./activity.module.css";
import { ASKED, KIND_ICONS } from "./kinds";
import { aboutOf } from "./links";

interface Props {
  module: Module;
  home: Module;
  record: Rec;
}

export function Composer(props: Props) {
  const [kind, setKind] = useState<string | null>(null);
  const label = useLabel();
  const choices = props.module.fields.find((field) => field.name === "kind")?.choices ?? [];
  return (
    <Tabs value={kind} onChange={setKind} allowTabDeactivation className={classes.composer} keepMounted={false}>
      <Tabs.List aria-label={label(props.module.label)}>
        {choices.map((choice) => {
          const Sign = KIND_ICONS[choice.value] ?? KIND_ICONS.note;
          return <Tabs.Tab key={choice.value} value={choice.value} leftSection={<Sign size={16} aria-hidden />}>{label(choice.label)}</Tabs.Tab>;
        })}
      </Tabs.List>
      {choices.map((choice) => (
        <Tabs.Panel key={choice.value} value={choice.value} pt="sm">
          <Form {...props} kind={choice.value} onDone={() => setKind(null)} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** Fields of the kind, the organization's required ones, and attachments, which end the form. */
function asked(module: Module, kind: string): Field[] {
  const open = editableFields(module, true);
  const chosen = (ASKED[kind] ?? ASKED.note ?? []).flatMap((name) => open.find((field) => field.name === name) ?? []);
  const needed = open.filter((field) => field.required && field.name !== "kind" && !chosen.includes(field));
  return [...chosen, ...needed, ...open.filter((field) => field.kind === "files")];
}

function Form({ module, home, record, kind, onDone }: Props & { kind: string; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const fields = asked(module, kind);
  const [initial] = useState(() => toDraft(undefined, fields));
  const form = useDraft(fields, initial);
  const [key] = useState(() => crypto.randomUUID());
  const [failure, setFailure] = useState("");
  const save = useMutation({
    mutationFn: () =>
      createRecord(module.name, { ...aboutOf(module, home, record), ...changesOf(initial, form.draft, fields), kind }, key),
    onSuccess: async (made) => {
      await Promise.all([refresh(client, module.name), refresh(client, home.name), ...(made.task_id ? [refresh(client, "tasks")] : [])]);
      showDone(made.task_id ? t("activity.savedWithTask") : t("activity.saved"));
      onDone();
    },
    onError: (error) => setFailure(form.accept(error, module) ? "" : errorText(error)),
  });
  const input = (field: Field) => applies(field, { ...form.draft, kind }) && (
    <div key={field.name} data-field={field.name}>
      <FieldInput field={field} value={form.draft[field.name]} onChange={(value) => form.change(field.name, value)} error={form.errors[field.name]} />
    </div>
  );
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) save.mutate();
      }}
    >
      {failure && <Alert color="red" mb="sm" role="alert">{failure}</Alert>}
      {fields.filter((field) => field.name === "subject" || field.name === "body").map(input)}
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm" verticalSpacing="xs" mt="xs">
        {fields.filter((field) => field.name !== "subject" && !isWide(field)).map(input)}
      </SimpleGrid>
      <Group justify="space-between" align="flex-end" mt="sm" wrap="wrap">
        <div>{fields.filter((field) => field.name !== "body" && isWide(field)).map(input)}</div>
        <Group gap="xs">
          <Button variant="default" onClick={onDone}>{t("action.cancel")}</Button>
          <Button type="submit" loading={save.isPending}>{t("action.save")}</Button>
        </Group>
      </Group>
    </form>
  );
}
