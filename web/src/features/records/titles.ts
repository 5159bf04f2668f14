/**
 * Titles of referred records. A list shows many references: all that are asked for within a moment are read with one
 * BatchGet for each module, and kept.
 */
import { useQuery } from "@tanstack/react-query";
import { batched } from "~/api/batched";
import { get } from "~/api/client";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { recordsIn } from "./api";

export interface Title {
  text: string;
  deleted: boolean;
  /** Of records that are shown as a chip, such as tags. */
  color?: string;
}

/** Records with a colour are chips, not links. */
export const isColored = (module: Module | undefined): boolean => Boolean(module?.fields.some(({ name }) => name === "color"));

const loaders = new Map<string, (id: string) => Promise<Title | null>>();

function loaderOf(module: Module): (id: string) => Promise<Title | null> {
  let loader = loaders.get(module.name);
  if (!loader) {
    loader = batched(async (ids) => {
      const answer = await get<Record<string, unknown>>(`/${module.name}:batchGet`, { ids, show_deleted: true });
      return new Map(recordsIn(answer, module.name).map((record) => [record.id, titleOf(module, record)]));
    });
    loaders.set(module.name, loader);
  }
  return loader;
}

function titleOf(module: Module, record: Rec): Title {
  return {
    text: String(record[module.title_field] ?? ""),
    deleted: Boolean(record.delete_time),
    ...(isColored(module) && { color: String(record.color ?? "") || "gray" }),
  };
}

/** Title of a record; null where it does not exist for the caller, undefined while it is read. */
export function useTitle(type: string, id: string | undefined): Title | null | undefined {
  const module = useMetadata().ofType(type);
  const query = useQuery({
    queryKey: ["titles", module?.name ?? type, id],
    queryFn: () => (module && id ? loaderOf(module)(id) : null),
    enabled: Boolean(module && id),
    staleTime: 60_000,
  });
  if (!module || query.isError) return null;
  return query.data;
}
