/** Editing in place, with the conflict card when somebody else changed the same field meanwhile. */
import { Alert, Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import { ApiError } from "~/api/errors";
import type { Module, Rec } from "~/api/types";
import { sectionsOf, type Section } from "~/app/metadata";
import { errorText, showDone } from "~/ui/errors";
import { useLabel } from "~/ui/useFormat";
import { recordQuery, refresh, updateRecord } from "./api";
import { ConflictCard } from "./ConflictCard";
import { changesOf, conflictsOf, rebase, toDraft, type Conflict } from "./draft";
import { FormFields } from "./FormFields";
import classes from "./RecordPage.module.css";
import { formFields } from "./special";
import { useDraft } from "./useDraft";
import { useUnsaved } from "./useUnsaved";

interface Props {
  module: Module;
  record: Rec;
  /** The fields by what they are about; all of them together otherwise. */
  sections?: Section[];
  onDone: () => void;
}

interface Meeting {
  theirs: Rec;
  conflicts: Conflict[];
}

/** Not of a list that the key closes, nor of a dialog drawn elsewhere. */
function isOwn({ target, currentTarget }: KeyboardEvent): boolean {
  return currentTarget.contains(target as Node) && !(target as Element).closest("[aria-expanded=true]");
}

export function EditForm({ module, record, sections, onDone }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const fields = sections?.flatMap((section) => section.fields) ?? formFields(module, false);
  // What the form began with. A live update of the record must not slip in under the typing hands.
  const [base, setBase] = useState(record);
  const form = useDraft(fields, toDraft(base, fields));
  const [meeting, setMeeting] = useState<Meeting | null>(null);
  const [failure, setFailure] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const changes = changesOf(toDraft(base, fields), form.draft, fields);
  const { leave, question } = useUnsaved(Object.keys(changes).length > 0);

  const save = useMutation({
    mutationFn: async (): Promise<Rec | null> =>
      Object.keys(changes).length ? updateRecord(module.name, base, changes, key) : null,
    onSuccess: async (saved) => {
      if (saved) {
        client.setQueryData(recordQuery(module.name, saved.id).queryKey, saved);
        await refresh(client, module.name);
        showDone(t("form.saved"));
      }
      onDone();
    },
    onError: async (error) => {
      // A new try may differ, and the same key must not stand for two bodies.
      setKey(crypto.randomUUID());
      if (error instanceof ApiError && error.isConflict) await meet();
      else setFailure(form.accept(error, module) ? "" : errorText(error));
    },
  });

  const meet = async (): Promise<void> => {
    const theirs = await get<Rec>(`/${module.name}/${record.id}`, { show_deleted: true });
    const [before, now] = [toDraft(base, fields), toDraft(theirs, fields)];
    const conflicts = conflictsOf(before, form.draft, now, fields);
    form.setDraft(rebase(before, form.draft, now));
    setFailure("");
    if (conflicts.length) setMeeting({ theirs, conflicts });
    else {
      setBase(theirs);
      setFailure(t("conflict.elsewhere"));
    }
  };

  const settle = (theirs: Rec, kept: Record<string, unknown>): void => {
    form.setDraft((draft) => ({ ...draft, ...kept }));
    setBase(theirs);
    setMeeting(null);
    setFailure(t("conflict.settled"));
  };

  if (meeting) {
    return (
      <ConflictCard
        conflicts={meeting.conflicts}
        onSettle={(kept) => settle(meeting.theirs, kept)}
        onCancel={onDone}
      />
    );
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) save.mutate();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape" && isOwn(event)) leave(onDone);
      }}
    >
      {question}
      {failure && <Alert color="yellow" mb="md" role="alert">{failure}</Alert>}
      <FormFields module={module} sections={sections ?? sectionsOf(fields, label)} draft={form.draft} errors={form.errors} onChange={form.change} />
      <Group justify="flex-end" className={classes.actions}>
        <Button variant="default" onClick={() => leave(onDone)}>{t("action.cancel")}</Button>
        <Button type="submit" loading={save.isPending}>{t("action.save")}</Button>
      </Group>
    </form>
  );
}
