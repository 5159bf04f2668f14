/** One value changed in its place in a list: saved by Enter, given up by Esc, with the conflict card where two meet. */
import { ActionIcon, Group, Modal } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import { ApiError } from "~/api/errors";
import type { Field, Module, Rec } from "~/api/types";
import { editableFields } from "~/app/metadata";
import { errorText } from "~/ui/errors";
import { FieldInput } from "~/ui/fields/FieldInput";
import { refresh, updateRecord } from "./api";
import { ConflictCard } from "./ConflictCard";
import { changesOf, conflictsOf, missing, toDraft, type Conflict } from "./draft";
import classes from "./RecordTable.module.css";
import { specialInput } from "./special";

/** A choice is made with one click: there is nothing more to confirm. */
const AT_ONCE = new Set(["choice", "reference", "boolean", "date", "language", "time_zone", "currency"]);
const STRUCTURED = new Set(["lines", "object", "map", "long_text"]);

/** Whether a value can be changed in the list. */
export function isEditable(module: Module, field: Field, record: Rec): boolean {
  return !record.delete_time && module.operations.includes("edit") && !STRUCTURED.has(field.kind) && !specialInput(module, field)
    && editableFields(module, false).includes(field);
}

interface Props {
  module: Module;
  field: Field;
  record: Rec;
  onDone: () => void;
}

interface Meeting {
  theirs: Rec;
  conflicts: Conflict[];
}

export function InlineEdit({ module, field, record, onDone }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const box = useRef<HTMLFormElement>(null);
  // What the editing began with: a live update of the list must not slip in under the typing hands.
  const [base, setBase] = useState(record);
  const [value, setValue] = useState(() => toDraft(record, [field])[field.name]);
  const [failure, setFailure] = useState("");
  const [meeting, setMeeting] = useState<Meeting | null>(null);
  useEffect(() => box.current?.querySelector<HTMLElement>("input, textarea")?.focus(), []);

  const save = useMutation({
    mutationFn: async ({ from, to }: { from: Rec; to: unknown }) => {
      const changes = changesOf(toDraft(from, [field]), { [field.name]: to }, [field]);
      if (Object.keys(changes).length) await updateRecord(module.name, from, changes, crypto.randomUUID());
    },
    onSuccess: async () => {
      await refresh(client, module.name);
      onDone();
    },
    onError: async (error, { to }) => {
      if (!(error instanceof ApiError && error.isConflict)) return setFailure(errorText(error));
      const theirs = await get<Rec>(`/${module.name}/${record.id}`, { show_deleted: true });
      const conflicts = conflictsOf(toDraft(base, [field]), { [field.name]: to }, toDraft(theirs, [field]), [field]);
      setBase(theirs);
      if (conflicts.length) setMeeting({ theirs, conflicts });
      else save.mutate({ from: theirs, to });
    },
  });

  const submit = (to: unknown): void => {
    if (missing({ [field.name]: to }, [field]).length) return setFailure(t("form.required"));
    save.mutate({ from: base, to });
  };

  const onKey = (event: KeyboardEvent): void => {
    // A list that is open takes the keys for itself.
    if ((event.target as Element).closest("[aria-expanded=true]")) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      onDone();
    }
  };

  return (
    <form
      ref={box}
      className={classes.inline}
      noValidate
      onKeyDown={onKey}
      onSubmit={(event) => {
        event.preventDefault();
        submit(value);
      }}
    >
      <Group gap={4} wrap="nowrap" align="flex-start">
        <div style={{ flex: 1, minWidth: 140 }}>
          <FieldInput
            field={field}
            bare
            value={value}
            error={failure}
            onChange={(next) => {
              setValue(next);
              setFailure("");
              if (AT_ONCE.has(field.kind)) submit(next);
            }}
          />
        </div>
        <ActionIcon type="submit" variant="light" size={36} loading={save.isPending} aria-label={t("action.save")}><IconCheck size={16} /></ActionIcon>
        <ActionIcon variant="subtle" color="gray" size={36} aria-label={t("action.cancel")} onClick={onDone}><IconX size={16} /></ActionIcon>
      </Group>
      {meeting && (
        <Modal opened onClose={onDone} withCloseButton={false} size="lg">
          <ConflictCard
            conflicts={meeting.conflicts}
            onCancel={onDone}
            onSettle={(kept) => {
              setMeeting(null);
              save.mutate({ from: meeting.theirs, to: kept[field.name] });
            }}
          />
        </Modal>
      )}
    </form>
  );
}
