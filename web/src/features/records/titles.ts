/**
 * Titles of referred records. A list shows many references: all that are asked for within a moment are read with one
 * BatchGet for each module, and kept.
 */
import { useQuery } from "@tanstack/react-query";
import { get } from "~/api/client";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";

export interface Title {
  text: string;
  deleted: boolean;
  /** Of records that are shown as a chip, such as tags. */
  color?: string;
}

/** Records with a colour are chips, not links. */
export const isColored = (module: Module | undefined): boolean => Boolean(module?.fields.some(({ name }) => name === "color"));

const BATCH = 100;
const WAIT_MS = 10;

interface Waiting {
  ids: Map<string, ((title: Title | null) => void)[]>;
  fail: ((error: unknown) => void)[];
}

const waiting = new Map<string, Waiting>();

async function flush(module: Module): Promise<void> {
  const batch = waiting.get(module.name);
  waiting.delete(module.name);
  if (!batch) return;
  const ids = [...batch.ids.keys()];
  try {
    for (let start = 0; start < ids.length; start += BATCH) {
      const part = ids.slice(start, start + BATCH);
      const answer = await get<Record<string, Rec[]>>(`/${module.name}:batchGet`, { ids: part, show_deleted: true });
      const found = new Map((answer[module.name] ?? []).map((record) => [record.id, record]));
      for (const id of part) {
        const record = found.get(id);
        const title = record
          ? {
              text: String(record[module.title_field] ?? ""),
              deleted: Boolean(record.delete_time),
              ...(isColored(module) && { color: String(record.color ?? "") || "gray" }),
            }
          : null;
        batch.ids.get(id)?.forEach((resolve) => resolve(title));
      }
    }
  } catch (error) {
    batch.fail.forEach((reject) => reject(error));
  }
}

function load(module: Module, id: string): Promise<Title | null> {
  return new Promise((resolve, reject) => {
    let batch = waiting.get(module.name);
    if (!batch) {
      batch = { ids: new Map(), fail: [] };
      waiting.set(module.name, batch);
      setTimeout(() => void flush(module), WAIT_MS);
    }
    batch.ids.set(id, [...(batch.ids.get(id) ?? []), resolve]);
    batch.fail.push(reject);
  });
}

/** Title of a record; null where it does not exist for the caller, undefined while it is read. */
export function useTitle(type: string, id: string | undefined): Title | null | undefined {
  const module = useMetadata().ofType(type);
  const query = useQuery({
    queryKey: ["titles", module?.name ?? type, id],
    queryFn: () => (module && id ? load(module, id) : null),
    enabled: Boolean(module && id),
    staleTime: 60_000,
  });
  if (!module || query.isError) return null;
  return query.data;
}
