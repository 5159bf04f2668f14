import { Alert, Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { sectionsOf, useMetadata } from "~/app/metadata";
import { useSession } from "~/app/session";
import { Missing } from "~/app/shell/states";
import { errorText, showDone } from "~/ui/errors";
import { PageHeader } from "~/ui/PageHeader";
import { useLabel } from "~/ui/useFormat";
import { createRecord, refresh } from "./api";
import { BackLink } from "./BackLink";
import { changesOf, toDraft } from "./draft";
import { FormFields } from "./FormFields";
import classes from "./RecordPage.module.css";
import { applies, formFields } from "./special";
import { useDraft } from "./useDraft";
import { useUnsaved } from "./useUnsaved";

export function CreatePage() {
  const { module: name } = useParams({ from: "/inside/$module/new" });
  const { preset } = useSearch({ from: "/inside/$module/new" });
  const module = useMetadata().module(name);
  if (!module?.operations.includes("create")) return <Missing />;
  return <CreateForm key={name} module={module} preset={preset ?? {}} />;
}

function CreateForm({ module, preset }: { module: Module; preset: Record<string, string> }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { user } = useSession();
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const fields = formFields(module, true);
  const [empty] = useState(() => toDraft(undefined, fields));
  const [initial] = useState(() => toDraft(undefined, fields, module.owned ? { owner_id: user.id, ...preset } : preset));
  const form = useDraft(fields, initial);
  const { question } = useUnsaved(Object.keys(changesOf(initial, form.draft, fields)).length > 0);
  // One key for the form: a second press of the button cannot make a second record.
  const [key] = useState(() => crypto.randomUUID());
  const [failure, setFailure] = useState("");

  const create = useMutation({
    mutationFn: () => {
      const given = fields.filter((field) => applies(field, form.draft));
      return createRecord(module.name, changesOf(empty, form.draft, given), key);
    },
    onSuccess: async (record) => {
      await refresh(client, module.name);
      showDone(t("form.created"));
      await navigate({ to: "/$module/$id", params: { module: module.name, id: record.id }, replace: true, ignoreBlocker: true });
    },
    onError: (error) => setFailure(form.accept(error, module) ? "" : errorText(error)),
  });

  const title = t("form.new", { what: label(module.label) });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) create.mutate();
      }}
    >
      {question}
      <PageHeader title={title} above={<BackLink module={module} />} />
      <div className={classes.single}>
        <div className={classes.panel}>
          {failure && <Alert color="red" mb="md" role="alert">{failure}</Alert>}
          <FormFields module={module} sections={sectionsOf(fields, label)} draft={form.draft} errors={form.errors} onChange={form.change} />
        </div>
        <Group justify="flex-end" className={classes.actions}>
          <Button variant="default" onClick={() => router.history.back()}>{t("action.cancel")}</Button>
          <Button type="submit" loading={create.isPending}>{t("form.create")}</Button>
        </Group>
      </div>
    </form>
  );
}
