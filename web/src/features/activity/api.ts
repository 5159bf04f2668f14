/** Tasks: what is open, and ticking off. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { post } from "~/api/client";
import type { Rec } from "~/api/types";
import { refresh } from "~/features/records/api";
import { showDone, showError } from "~/ui/errors";

/** Tasks that have not ended. */
export const OPEN = 'status != "done" AND status != "cancelled"';
export const MINE = "assignee_ids:me()";
export const AHEAD_DAYS = 7;

export function useCompletion() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ task, done }: { task: Rec; done: boolean }) => post<Rec>(`/tasks/${task.id}:${done ? "complete" : "reopen"}`),
    onSuccess: async (task) => {
      await refresh(client, "tasks");
      if (task.next_task_id) showDone(i18next.t("task.nextMade"));
    },
    onError: showError,
  });
}

/** The parts of a day's list, in order. */
export const PARTS = ["overdue", "today", "coming", "undated"] as const;
export type Part = (typeof PARTS)[number];

/** Where a task stands on a day (`2026-11-22`) at a moment; what falls due later today is today's. Pure. */
export function partOf(task: Rec, today: string, now: Date): Part {
  const day = typeof task.due_date === "string" ? task.due_date : "";
  if (!day) return "undated";
  if (day < today) return "overdue";
  if (day > today) return "coming";
  return typeof task.due_time === "string" && new Date(task.due_time) < now ? "overdue" : "today";
}
