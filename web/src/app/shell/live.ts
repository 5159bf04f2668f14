/** What others change appears by itself: the live stream says which modules changed, and their queries are read again. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

/** Reports and timelines are fed by events of these modules, a moment after they changed. */
const FED_DELAY = 1_500;
/** How often to read again while no news can arrive. */
const POLL_MS = 20_000;

/** Listens while `active`: a session that ended has no stream. */
export function useLive(active: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!active) return undefined;
    const source = new EventSource("/api/v1/live");
    let later: ReturnType<typeof setTimeout> | undefined;
    let polling: ReturnType<typeof setInterval> | undefined;
    source.addEventListener("changed", (event) => {
      const modules = modulesOf(event.data);
      for (const module of modules) {
        void queries.invalidateQueries({ queryKey: ["records", module] });
        void queries.invalidateQueries({ queryKey: ["titles", module] });
      }
      if (modules.some((module) => ["custom_fields", "custom_modules", "roles", "users"].includes(module))) {
        void queries.invalidateQueries({ queryKey: ["metadata"] });
      }
      clearTimeout(later);
      later = setTimeout(() => {
        void queries.invalidateQueries({ queryKey: ["report"] });
        void queries.invalidateQueries({ queryKey: ["timeline"] });
      }, FED_DELAY);
    });
    source.addEventListener("degraded", (event) => {
      clearInterval(polling);
      if (!isLive(event.data)) polling = setInterval(() => void queries.invalidateQueries({ queryKey: ["records"] }), POLL_MS);
    });
    source.addEventListener("job", () => {
      void queries.invalidateQueries({ queryKey: ["imports"] });
      void queries.invalidateQueries({ queryKey: ["massEdits"] });
    });
    return () => {
      clearTimeout(later);
      clearInterval(polling);
      source.close();
    };
  }, [queries, active]);
}

function isLive(data: string): boolean {
  try {
    return (JSON.parse(data) as { live?: unknown }).live === true;
  } catch {
    return false;
  }
}

function modulesOf(data: string): string[] {
  try {
    const { modules } = JSON.parse(data) as { modules?: unknown };
    return Array.isArray(modules) ? modules.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}
