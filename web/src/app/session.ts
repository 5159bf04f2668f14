/** Who is signed in, and for which organization. */
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { api, get, post, setCsrfToken } from "~/api/client";
import type { Membership, Session } from "~/api/types";
import { queryClient } from "./query";

/** The flat answer of GetCurrentSession; log-in answers it nested as `user` and `organization`. */
interface Answer {
  csrf_token?: string;
  user_id?: string;
  user_name?: string;
  email?: string;
  organization_id?: string;
  organization_name?: string;
  time_zone?: string;
  currency?: string;
  language?: string;
  role_keys?: string[];
  memberships?: Membership[];
  session?: Answer;
  user?: { id?: string; name?: string; email?: string; language?: string };
  organization?: { id?: string; name?: string; time_zone?: string; currency?: string; language?: string };
}

export function toSession(answer: Answer): Session {
  const flat = answer.session ?? answer;
  const { user = {}, organization = {} } = answer;
  return {
    user: {
      id: user.id ?? flat.user_id ?? "",
      name: user.name ?? flat.user_name ?? "",
      email: user.email ?? flat.email ?? "",
      language: user.language ?? flat.language ?? "",
    },
    organization: {
      id: organization.id ?? flat.organization_id ?? "",
      name: organization.name ?? flat.organization_name ?? "",
      time_zone: organization.time_zone || flat.time_zone || "Asia/Shanghai",
      currency: organization.currency || flat.currency || "CNY",
      language: organization.language ?? flat.language ?? "",
    },
    roles: flat.role_keys ?? [],
    memberships: flat.memberships ?? [],
  };
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async () => {
    const answer = await get<Answer>("/sessions/current");
    if (answer.csrf_token) setCsrfToken(answer.csrf_token);
    return toSession(answer);
  },
  staleTime: Infinity,
});

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

export async function logIn(email: string, password: string, organizationId?: string): Promise<Session> {
  const answer = await post<Answer>("/sessions", {
    email,
    password,
    device: deviceName(),
    ...(organizationId ? { organization_id: organizationId } : {}),
  });
  if (answer.csrf_token) setCsrfToken(answer.csrf_token);
  queryClient.clear();
  return queryClient.fetchQuery(sessionQuery);
}

export async function logOut(): Promise<void> {
  await api("DELETE", "/sessions/current").catch(() => undefined);
  setCsrfToken("");
  queryClient.clear();
}

/** A short name for the list of sessions, such as "Chrome · Windows". */
function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent) ? "Edge" : /MicroMessenger/.test(agent) ? "WeChat" : /Firefox\//.test(agent) ? "Firefox"
    : /Chrome\//.test(agent) ? "Chrome" : /Safari\//.test(agent) ? "Safari" : "Browser";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Windows/.test(agent) ? "Windows"
    : /Mac OS/.test(agent) ? "macOS" : /Linux/.test(agent) ? "Linux" : "";
  return system ? `${browser} · ${system}` : browser;
}
