import { QueryClient } from "@tanstack/react-query";
import { isPassing } from "~/api/errors";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => isPassing(error) && failures < 3,
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 5_000),
    },
    // Without a network a form says so at once and keeps what it holds, rather than waiting in silence.
    mutations: { retry: false, networkMode: "always" },
  },
});
