/** Records that were opened last, on this device, by whoever is signed in. */
import { readLocalStorageValue, useLocalStorage } from "@mantine/hooks";
import { useEffect } from "react";
import type { Module, Rec } from "~/api/types";
import { useSession } from "~/app/session";
import { titleOf } from "~/features/records/api";

const MOST = 8;

export interface Recent {
  module: string;
  id: string;
  title: string;
}

function useKept() {
  const { user, organization } = useSession();
  const key = `guanxi.recents.${organization.id}.${user.id}`;
  const [recents, set] = useLocalStorage<Recent[]>({ key, defaultValue: [], getInitialValueInEffect: false });
  return { key, recents, set };
}

export const useRecents = (): Recent[] => useKept().recents;

/** Remembers that a record was opened. */
export function useRemember(module: Module, record: Rec): void {
  const { key, set } = useKept();
  const [id, title, name] = [record.id, titleOf(record, module), module.name];
  useEffect(() => {
    const others = (readLocalStorageValue<Recent[]>({ key, defaultValue: [] })).filter((one) => one.id !== id);
    set([{ module: name, id, title }, ...others].slice(0, MOST));
  }, [key, set, id, title, name]);
}
