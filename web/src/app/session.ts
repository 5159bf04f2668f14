/** Who is signed in, and for which organization. */
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { api, get, post, setCsrfToken, setTokenRenewal } from "~/api/client";
import { ApiError } from "~/api/errors";
import type { Membership, Session } from "~/api/types";
import { rememberOrganization } from "./entry/profile";
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
  own_time_zone?: string;
  date_format?: string;
  number_format?: string;
  fiscal_year_start_month?: number;
  logo_digest?: string;
  session?: Answer;
  user?: { id?: string; name?: string; email?: string; language?: string };
  organization?: { id?: string; name?: string; time_zone?: string; currency?: string; language?: string };
  challenge?: string;
  factors?: string[];
  recovery_codes?: string[];
}

/** The password was right, and a second step is to come. */
export interface Challenge {
  challenge: string;
  /** There is no second factor yet, and the organization demands one. */
  enroll: boolean;
  /** The password was set by an administrator: another is to be chosen first. */
  choose?: (password: string) => Promise<Challenge | undefined>;
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
      time_zone: flat.own_time_zone || flat.time_zone || "Asia/Shanghai",
      date_format: flat.date_format ?? "",
      number_format: flat.number_format ?? "",
    },
    organization: {
      id: organization.id ?? flat.organization_id ?? "",
      name: organization.name ?? flat.organization_name ?? "",
      time_zone: organization.time_zone || flat.time_zone || "Asia/Shanghai",
      currency: organization.currency || flat.currency || "CNY",
      language: organization.language ?? flat.language ?? "",
      fiscal_year_start_month: flat.fiscal_year_start_month || 1,
      logo_digest: flat.logo_digest ?? "",
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
    const session = toSession(answer);
    rememberOrganization(session.organization.id);
    return session;
  },
  staleTime: Infinity,
});

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

async function enter(email: string, password: string, organizationId?: string, own?: string): Promise<Challenge | undefined> {
  const answer = await post<Answer>("/sessions", {
    email,
    password,
    device: deviceName(),
    ...(organizationId ? { organization_id: organizationId } : {}),
    ...(own ? { new_password: own } : {}),
  });
  if (answer.factors?.includes("new_password")) {
    return { challenge: "", enroll: false, choose: (chosen) => enter(email, password, organizationId, chosen) };
  }
  if (answer.challenge) return { challenge: answer.challenge, enroll: answer.factors?.includes("enroll") ?? false };
  if (answer.csrf_token) setCsrfToken(answer.csrf_token);
  return undefined;
}

/** In, unless a second step is to be taken first. */
export async function logIn(email: string, password: string, organizationId?: string): Promise<Challenge | undefined> {
  const challenge = await enter(email, password, organizationId);
  if (!challenge) await begin();
  return challenge;
}

/** The person had a password before, and it is another than the one just entered. */
export const KNOWN = "known";

/** The first log-in after an address was proved: a password that its owner has already is not replaced by that. */
export async function logInUnlessKnown(email: string, password: string, organizationId: string): Promise<Challenge | typeof KNOWN | undefined> {
  try {
    return await logIn(email, password, organizationId);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return KNOWN;
    throw error;
  }
}

/** The second step; answers with the recovery codes of a second factor that it enrolled. */
export async function verify({ challenge }: Challenge, code: string): Promise<string[]> {
  const answer = await post<Answer>("/sessions:verify", { challenge, code, device: deviceName() });
  if (answer.csrf_token) setCsrfToken(answer.csrf_token);
  return answer.recovery_codes ?? [];
}

/** Whoever is in now. */
export async function begin(): Promise<void> {
  queryClient.clear();
  setEnded(false);
  await queryClient.fetchQuery(sessionQuery);
}

/** The same person again, in this organization of theirs; what follows where there is no second step is the caller's. */
export function enterAgain({ user }: Session, organizationId: string, password: string): Promise<Challenge | undefined> {
  return enter(user.email, password, organizationId);
}

/** After a session ended under an open page: what stands in its forms stays. */
export async function goOn(): Promise<void> {
  setEnded(false);
  await queryClient.invalidateQueries();
}

/** Whether the session of the open page is over. */
let ended = false;
const listeners = new Set<() => void>();

export function setEnded(value: boolean): void {
  ended = value;
  listeners.forEach((listener) => listener());
}

export function useEnded(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => ended,
  );
}

/** Another window's log-in of the same person counts here, too; that of somebody else does not. */
setTokenRenewal(async () => {
  const before = queryClient.getQueryData(sessionQuery.queryKey);
  const answer = await get<Answer>("/sessions/current");
  const now = toSession(answer);
  if (!answer.csrf_token || before?.user.id !== now.user.id || before.organization.id !== now.organization.id) return false;
  setCsrfToken(answer.csrf_token);
  return true;
});

export async function logOut(): Promise<void> {
  await api("DELETE", "/sessions/current").catch(() => undefined);
  setCsrfToken("");
  setEnded(false);
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
