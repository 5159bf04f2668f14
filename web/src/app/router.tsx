/** Every address of the client. Pages are loaded when first visited. */
import {
  createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect,
} from "@tanstack/react-router";
import { setSignedOutHandler } from "~/api/client";
import { ApiError } from "~/api/errors";
import { parseListSearch } from "~/features/records/search";
import { parseAuditSearch } from "~/features/audit/search";
import { parseReportSearch } from "~/features/reports/search";
import { setLocale, storedLocale, toLocale } from "./i18n";
import { metadataQuery } from "./metadata";
import { queryClient } from "./query";
import { sessionQuery, setEnded } from "./session";
import { Crash, Missing, Waiting } from "./shell/states";
import { Shell } from "./shell/Shell";

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);

/** Only our own addresses: `next` comes from the address bar. */
function ownPath(value: unknown): string | undefined {
  const path = text(value);
  return path?.startsWith("/") && !path.startsWith("//") && !path.startsWith("/\\") ? path : undefined;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: Missing, errorComponent: Crash });

const login = createRoute({
  getParentRoute: () => root,
  path: "login",
  /** `organization`: which one to log in to; `told`: what has just been done. */
  validateSearch: (search: Record<string, unknown>): { next?: string; email?: string; organization?: string; told?: "joined" | "founded" } => ({
    next: ownPath(search.next),
    email: text(search.email),
    organization: text(search.organization),
    told: search.told === "joined" || search.told === "founded" ? search.told : undefined,
  }),
  component: lazyRouteComponent(() => import("./entry/LogIn"), "LogIn"),
});

const signup = createRoute({
  getParentRoute: () => root,
  path: "signup",
  component: lazyRouteComponent(() => import("./entry/SignUp"), "SignUp"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "invitation",
  component: lazyRouteComponent(() => import("./entry/Invitation"), "Invitation"),
});

const forgot = createRoute({
  getParentRoute: () => root,
  path: "forgot",
  validateSearch: (search: Record<string, unknown>): { email?: string } => ({ email: text(search.email) }),
  component: lazyRouteComponent(() => import("./entry/Forgot"), "Forgot"),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "reset",
  component: lazyRouteComponent(() => import("./entry/Reset"), "Reset"),
});

/** Everything behind the log-in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ location }) => {
    try {
      const session = await queryClient.ensureQueryData(sessionQuery);
      if (!storedLocale()) await setLocale(toLocale(session.user.language || session.organization.language), false);
      await queryClient.ensureQueryData(metadataQuery);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
      }
      throw error;
    }
  },
  component: Shell,
  pendingComponent: Waiting,
  errorComponent: Crash,
});

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  component: lazyRouteComponent(() => import("~/features/home/Home"), "Home"),
});

const list = createRoute({
  getParentRoute: () => inside,
  path: "$module",
  validateSearch: parseListSearch,
  component: lazyRouteComponent(() => import("~/features/records/ListPage"), "ListPage"),
});

const create = createRoute({
  getParentRoute: () => inside,
  path: "$module/new",
  /** `preset`: values to begin with, by field. */
  validateSearch: (search: Record<string, unknown>): { preset?: Record<string, string> } => ({
    preset: isTexts(search.preset) ? search.preset : undefined,
  }),
  component: lazyRouteComponent(() => import("~/features/records/CreatePage"), "CreatePage"),
});

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && Object.values(value).every((one) => typeof one === "string");
}

const record = createRoute({
  getParentRoute: () => inside,
  path: "$module/$id",
  component: lazyRouteComponent(() => import("~/features/records/RecordPage"), "RecordPage"),
});

const myDay = createRoute({
  getParentRoute: () => inside,
  path: "my-day",
  validateSearch: (search: Record<string, unknown>): { of?: "team" } => ({ of: search.of === "team" ? "team" : undefined }),
  component: lazyRouteComponent(() => import("~/features/activity/MyDay"), "MyDay"),
});

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const calendar = createRoute({
  getParentRoute: () => inside,
  path: "calendar",
  validateSearch: (search: Record<string, unknown>): { of?: "team"; view?: "day" | "week" | "month"; day?: string } => ({
    of: search.of === "team" ? "team" : undefined,
    view: (["day", "week", "month"] as const).find((one) => one === search.view),
    day: typeof search.day === "string" && DAY.test(search.day) ? search.day : undefined,
  }),
  component: lazyRouteComponent(() => import("~/features/activity/CalendarPage"), "CalendarPage"),
});

const notifications = createRoute({
  getParentRoute: () => inside,
  path: "notifications",
  component: lazyRouteComponent(() => import("~/features/notifications/NotificationsPage"), "NotificationsPage"),
});

const newCustomer = createRoute({
  getParentRoute: () => inside,
  path: "customers/new",
  component: lazyRouteComponent(() => import("~/features/customers/NewCustomerPage"), "NewCustomerPage"),
});

const cleaning = createRoute({
  getParentRoute: () => inside,
  path: "cleaning",
  component: lazyRouteComponent(() => import("~/features/cleaning/CleaningPage"), "CleaningPage"),
});

const imports = createRoute({
  getParentRoute: () => inside,
  path: "imports",
  component: lazyRouteComponent(() => import("~/features/imports/HistoryPage"), "HistoryPage"),
});

const newImport = createRoute({
  getParentRoute: () => inside,
  path: "imports/new",
  validateSearch: (search: Record<string, unknown>): { module?: string } => ({ module: text(search.module) }),
  component: lazyRouteComponent(() => import("~/features/imports/StartPage"), "StartPage"),
});

const oneImport = createRoute({
  getParentRoute: () => inside,
  path: "imports/$id",
  component: lazyRouteComponent(() => import("~/features/imports/ImportPage"), "ImportPage"),
});

const reports = createRoute({
  getParentRoute: () => inside,
  path: "reports",
  component: lazyRouteComponent(() => import("~/features/reports/ReportsPage"), "ReportsPage"),
});

const report = createRoute({
  getParentRoute: () => inside,
  path: "reports/$id",
  validateSearch: parseReportSearch,
  component: lazyRouteComponent(() => import("~/features/reports/ReportPage"), "ReportPage"),
});

const settings = createRoute({
  getParentRoute: () => inside,
  path: "settings",
  component: lazyRouteComponent(() => import("~/features/admin/SettingsPage"), "SettingsPage"),
});

const organization = createRoute({
  getParentRoute: () => inside,
  path: "settings/organization",
  component: lazyRouteComponent(() => import("~/features/admin/organization/OrganizationPage"), "OrganizationPage"),
});

const workingTime = createRoute({
  getParentRoute: () => inside,
  path: "settings/calendar",
  component: lazyRouteComponent(() => import("~/features/admin/calendar/CalendarPage"), "CalendarPage"),
});

const modules = createRoute({
  getParentRoute: () => inside,
  path: "settings/modules",
  validateSearch: (search): { module?: string } => (typeof search.module === "string" ? { module: search.module } : {}),
  component: lazyRouteComponent(() => import("~/features/admin/modules/ModulesPage"), "ModulesPage"),
});

const teamTree = createRoute({
  getParentRoute: () => inside,
  path: "settings/teams",
  component: lazyRouteComponent(() => import("~/features/admin/TeamsPage"), "TeamsPage"),
});

const profile = createRoute({
  getParentRoute: () => inside,
  path: "settings/account",
  component: lazyRouteComponent(() => import("~/features/profile/Profile"), "Profile"),
});

const tokens = createRoute({
  getParentRoute: () => inside,
  path: "settings/tokens",
  component: lazyRouteComponent(() => import("~/features/admin/TokensPage"), "TokensPage"),
});

const audit = createRoute({
  getParentRoute: () => inside,
  path: "settings/audit",
  validateSearch: parseAuditSearch,
  component: lazyRouteComponent(() => import("~/features/audit/AuditPage"), "AuditPage"),
});

const security = createRoute({
  getParentRoute: () => inside,
  path: "settings/security",
  component: lazyRouteComponent(() => import("~/features/admin/SecurityPage"), "SecurityPage"),
});

const tree = root.addChildren([
  login, signup, invitation, forgot, reset,
  inside.addChildren([
    home, myDay, calendar, notifications, newCustomer, cleaning, imports, newImport, oneImport, reports, report,
    settings, organization, workingTime, modules, teamTree, profile, tokens, audit, security, list, create, record,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  defaultPendingComponent: Waiting,
  defaultErrorComponent: Crash,
  defaultNotFoundComponent: Missing,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** Page tokens that led to the page of a list shown. */
    tokens?: string[];
  }
}

setSignedOutHandler(() => {
  const { pathname, href } = router.state.location;
  if (["/login", "/signup", "/invitation", "/forgot", "/reset"].includes(pathname)) return;
  // Under an open page, which may hold what somebody typed, the password is asked for over it.
  if (queryClient.getQueryData(sessionQuery.queryKey)) return setEnded(true);
  void router.navigate({ to: "/login", search: href === "/" ? {} : { next: href } });
});
