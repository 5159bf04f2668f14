/** One's favourite records. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, get, post } from "~/api/client";
import { showError } from "~/ui/errors";

export interface Star {
  module: string;
  record_id: string;
  title?: string;
}

const starsQuery = queryOptions({
  queryKey: ["stars"],
  queryFn: async ({ signal }) => (await get<{ stars?: Star[] }>("/stars", undefined, signal)).stars ?? [],
  staleTime: 60_000,
});

export function useStars(): Star[] {
  return useQuery(starsQuery).data ?? [];
}

/** Marks a record, or marks it no more; shown at once, taken back where it is refused. */
export function useToggleStar() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ star, on }: { star: Star; on: boolean }) => {
      if (on) await post("/stars", { module: star.module, record_id: star.record_id });
      else await api("DELETE", `/stars/${star.module}/${star.record_id}`);
    },
    onMutate: ({ star, on }) => {
      const before = client.getQueryData(starsQuery.queryKey);
      const others = (before ?? []).filter((one) => one.record_id !== star.record_id);
      client.setQueryData(starsQuery.queryKey, on ? [star, ...others] : others);
      return before;
    },
    onError: (error, _wanted, before) => {
      client.setQueryData(starsQuery.queryKey, before);
      showError(error);
    },
    onSettled: async (_answer, _error, { star }) => {
      await Promise.all([
        client.invalidateQueries({ queryKey: starsQuery.queryKey }),
        client.invalidateQueries({ queryKey: ["records", star.module, "list"] }),
      ]);
    },
  });
}
