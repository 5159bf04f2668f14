import { AppShell, NavLink, ScrollArea, Text } from "@mantine/core";
import { IconCalendar, IconChartBar, IconChecks, IconCopyCheck, IconFileImport, IconHome, IconSettings, type Icon } from "@tabler/icons-react";
import { Link, useRouterState, type LinkProps } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { mayMerge } from "~/features/duplicates/merging";
import { Favorites } from "~/features/personal/Favorites";
import { useLabel } from "~/ui/useFormat";
import { iconOf } from "./icons";
import classes from "./Shell.module.css";

/** Modules that are set up once: they are reached from the settings page. */
export const SETUP = new Set(["users", "teams", "roles", "custom_fields", "custom_modules", "organizations", "pipelines", "stages", "channels", "holidays", "reminder_rules", "duplicate_rules", "api_clients", "tags", "saved_views", "forms", "product_categories", "exchange_rates", "spending_classes"]);

/** Modules that only join others: they are shown on the records that they join. */
const JOINING = new Set(["account_contacts"]);

/** In the order in which a customer becomes one; what is not here comes after. */
const ORDER = ["leads", "accounts", "contacts", "interactions", "tasks", "groups", "opportunities", "quotes", "orders", "shipments", "payments", "products", "stock_movements"];
const rank = ({ name }: Module): number => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);

/** What people work with every day. */
export function dailyModules(modules: Module[]): Module[] {
  return modules.filter((module) => !SETUP.has(module.name) && !JOINING.has(module.name)).sort((one, other) => rank(one) - rank(other));
}

const GROUPS = ["customers", "sales", "service_desk", "engagement"] as const;

/** Daily modules by service, known services first. */
function byService(modules: Module[]): [string, Module[]][] {
  const groups = new Map<string, Module[]>(GROUPS.map((name) => [name, []]));
  for (const module of dailyModules(modules)) {
    const group = groups.get(module.service) ?? [];
    groups.set(module.service, [...group, module]);
  }
  return [...groups].filter(([, members]) => members.length > 0);
}

export function Navigation() {
  const { t } = useTranslation();
  const label = useLabel();
  const { modules } = useMetadata();
  const mayImport = modules.some((module) => module.importable && module.operations.includes("import"));
  return (
    <>
      <AppShell.Section grow component={ScrollArea} type="auto" p={8}>
        <Entry to="/" icon={IconHome} label={t("nav.home")} exact />
        {modules.some((module) => module.name === "tasks") && <Entry to="/my-day" icon={IconChecks} label={t("task.myDay")} />}
        {modules.some((module) => module.name === "tasks") && <Entry to="/calendar" icon={IconCalendar} label={t("planner.title")} />}
        <Favorites />
        {byService(modules).map(([service, members]) => (
          <div key={service} role="group" aria-label={groupLabel(service, t)}>
            <Text className={classes.group} component="div" aria-hidden>{groupLabel(service, t)}</Text>
            {members.map((module) => (
              <Entry
                key={module.name}
                to="/$module"
                params={{ module: module.name }}
                path={`/${module.name}`}
                icon={iconOf(module.name, module.icon)}
                label={label(module.plural)}
              />
            ))}
          </div>
        ))}
        <Text className={classes.group} component="div" aria-hidden>{t("nav.insight")}</Text>
        <Entry to="/reports" icon={IconChartBar} label={t("nav.reports")} />
      </AppShell.Section>
      <AppShell.Section p={8} style={{ borderTop: "1px solid var(--gx-border)" }}>
        {modules.some(mayMerge) && <Entry to="/cleaning" icon={IconCopyCheck} label={t("cleaning.title")} />}
        {mayImport && <Entry to="/imports" icon={IconFileImport} label={t("nav.imports")} />}
        <Entry to="/settings" icon={IconSettings} label={t("nav.settings")} also={SETUP} />
      </AppShell.Section>
    </>
  );
}

function groupLabel(service: string, t: TFunction): string {
  return (GROUPS as readonly string[]).includes(service) ? t(`service.${service as (typeof GROUPS)[number]}`) : service;
}

interface EntryProps {
  to: NonNullable<LinkProps["to"]>;
  params?: { module: string };
  path?: string;
  icon: Icon;
  label: string;
  exact?: boolean;
  /** Modules whose pages belong to this entry. */
  also?: ReadonlySet<string>;
}

function Entry({ to, params, path = to, icon: Sign, label, exact, also }: EntryProps) {
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const active = pathname === path || (!exact && pathname.startsWith(`${path}/`)) || Boolean(also?.has(pathname.split("/")[1] ?? ""));
  return (
    <NavLink
      className={classes.link}
      renderRoot={(props) => <Link to={to} params={params} {...props} />}
      label={label}
      leftSection={<Sign size={18} stroke={1.6} aria-hidden />}
      active={active}
      aria-current={active ? "page" : undefined}
    />
  );
}
