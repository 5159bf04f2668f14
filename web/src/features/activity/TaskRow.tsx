/** One task in a list: its box to tick, when it is due, and what it is about. */
import { Badge, Checkbox, Group, Text } from "@mantine/core";
import { IconChecklist, IconRepeat } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { titleOf } from "~/features/records/api";
import { ChoiceBadge, ReferenceLink } from "~/ui/fields/FieldValue";
import { useFormat } from "~/ui/useFormat";
import classes from "./activity.module.css";
import { useCompletion } from "./api";

const ABOUT = ["account_id", "contact_id", "lead_id", "opportunity_id"];

export function TaskRow({ module, task, late, owner }: { module: Module; task: Rec; late?: boolean; owner?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const completion = useCompletion();
  const done = task.status === "done";
  const title = titleOf(task, module) || t("field.untitled");
  const priority = module.fields.find((field) => field.name === "priority");
  const about = ABOUT.flatMap((name) => {
    const field = module.fields.find((one) => one.name === name);
    return field && typeof task[name] === "string" && task[name] ? [{ type: field.reference, id: task[name] }] : [];
  })[0];
  const items = (Array.isArray(task.checklist) ? task.checklist : []) as { done?: boolean }[];
  const due = typeof task.due_time === "string" ? format.dateTime(task.due_time) : format.date(task.due_date as string | undefined);
  return (
    <li className={classes.task}>
      <Checkbox
        mt={2}
        checked={completion.isPending ? completion.variables.done : done}
        disabled={completion.isPending || !module.operations.includes("edit")}
        aria-label={t("task.complete", { title })}
        onChange={(event) => completion.mutate({ task, done: event.currentTarget.checked })}
      />
      <div className={classes.what}>
        <Link className="gx-link" to="/$module/$id" params={{ module: module.name, id: task.id }}>{title}</Link>
        <Group gap={10} fz={13} c="dimmed">
          {due && <Text span inherit c={late ? "red.8" : undefined} className={late ? "gx-late" : undefined}>{due}</Text>}
          {Boolean(task.recurrence) && <IconRepeat size={14} role="img" aria-label={t("task.repeats")} />}
          {items.length > 0 && (
            <Group gap={3} component="span"><IconChecklist size={14} aria-hidden />{t("task.items", { done: items.filter((item) => item.done).length, all: items.length })}</Group>
          )}
          {about && <ReferenceLink {...about} />}
          {owner && typeof task.owner_id === "string" && <ReferenceLink type="identity.User" id={task.owner_id} />}
        </Group>
      </div>
      {priority && task.priority !== "normal" ? <ChoiceBadge choices={priority.choices} value={String(task.priority ?? "")} /> : <Badge style={{ visibility: "hidden" }} aria-hidden>·</Badge>}
    </li>
  );
}
