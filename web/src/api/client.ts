/**
 * One door to the API: JSON in and out, cookies, the CSRF token, the user's language. The gateway renews sessions by
 * itself; a 401 says that this one is over.
 */
import { ApiError, NetworkError, type Problem } from "./errors";

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export interface Options {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const SAFE = new Set(["GET", "HEAD"]);

let csrfToken = "";
let language = "en";
let onSignedOut: () => void = () => undefined;
let renewToken: () => Promise<boolean> = () => Promise.resolve(false);

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export function setApiLanguage(value: string): void {
  language = value;
}

/** Called when the session has ended. */
export function setSignedOutHandler(handler: () => void): void {
  onSignedOut = handler;
}

/** Called when another window logged in anew and this one's token is of no use; says whether there is a new one. */
export function setTokenRenewal(handler: () => Promise<boolean>): void {
  renewToken = handler;
}

export function address(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value)) value.forEach((one: string) => search.append(key, one));
    else search.set(key, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

async function send(method: string, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language };
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) body = options.body;
  else if (options.body !== undefined) {
    body = JSON.stringify(options.body);
    headers["Content-Type"] = "application/json";
  }
  if (!SAFE.has(method) && csrfToken) headers["X-CSRF-Token"] = csrfToken;
  Object.assign(headers, options.headers);
  try {
    return await fetch(address(path, options.query), {
      method,
      headers,
      body,
      signal: options.signal,
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new NetworkError();
  }
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({ title: response.statusText }))) as Problem;
  return new ApiError(response.status, problem);
}

/** Paths whose 401 means "wrong password" or "not signed in", not "session expired". */
function asksWhoIAm(path: string): boolean {
  const asking = ["/sessions:", "/signup", "/invitations", "/passwords:forgot", "/passwords:reset"];
  return path === "/sessions" || asking.some((start) => path.startsWith(start));
}

export async function request(method: string, path: string, options: Options = {}, again = false): Promise<Response> {
  const response = await send(method, path, options);
  if (response.status === 401 && !asksWhoIAm(path)) {
    const error = await problemOf(response);
    onSignedOut();
    throw error;
  }
  if (response.ok) return response;
  const error = await problemOf(response);
  if (error.reason === "CSRF_TOKEN_INVALID" && !again && (await renewToken())) return request(method, path, options, true);
  throw error;
}

export async function api<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await request(method, path, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  api<T>("GET", path, { query, signal });

export const post = <T>(path: string, body: unknown = {}, headers?: Record<string, string>): Promise<T> =>
  api<T>("POST", path, { body, headers });
