/** What a list shows, as a CSV file made by the server. */
import { useMutation } from "@tanstack/react-query";
import i18next from "i18next";
import { address, get, post } from "~/api/client";
import { download } from "~/ui/download";
import { showDone, showError } from "~/ui/errors";

export interface Export {
  id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  rows: string | number;
  file_id: string;
  error: string;
}

const POLL_MS = 500;

async function finished(job: Export): Promise<Export> {
  let now = job;
  while (now.state === "queued" || now.state === "running") {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    now = await get<Export>(`/exports/${now.id}`);
  }
  return now;
}

export function useExport(module: string, filter: string, order: string): { start: () => void; busy: boolean } {
  return useExportJob(() => post<Export>("/exports", { module, filter, order_by: order, byte_order_mark: true }));
}

/** Begins an export and downloads its file when it is made. */
export function useExportJob(begin: () => Promise<Export>): { start: () => void; busy: boolean } {
  const { mutate, isPending } = useMutation({
    mutationFn: async () => {
      const job = await begin();
      showDone(i18next.t("list.exporting"));
      return finished(job);
    },
    onSuccess: (job) => {
      if (job.state === "done") download(address(`/files/${job.file_id}:download`));
      else showError(new Error(job.error || i18next.t("error.title")));
    },
    onError: showError,
  });
  return { start: () => mutate(), busy: isPending };
}
