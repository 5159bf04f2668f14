/** Whose pages the log-in-free ones are: the organization of the last session here, or of the link that led here. */
import { useQuery } from "@tanstack/react-query";
import { get } from "~/api/client";

export interface Profile {
  id: string;
  name: string;
  logo_digest?: string;
}

const STORED = "guanxi.organization";
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function rememberOrganization(id: string): void {
  localStorage.setItem(STORED, id);
}

export function lastOrganization(): string {
  return localStorage.getItem(STORED) ?? "";
}

/** A token begins with its organization's id: `<organization>.<secret>`. */
export function organizationOf(token: string): string {
  return token.split(".")[0] ?? "";
}

/** What the organization shows of itself; undefined where there is none, or the server is away. */
export function useProfile(id: string): Profile | undefined {
  const { data } = useQuery({
    queryKey: ["profile", id],
    queryFn: ({ signal }) => get<Profile>(`/organizations/${id}/profile`, {}, signal),
    enabled: ID.test(id),
    retry: false,
    staleTime: Infinity,
  });
  return data;
}
