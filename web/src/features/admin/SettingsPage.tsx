import { SimpleGrid, Text, Title } from "@mantine/core";
import { IconApps, IconBuildingSkyscraper, IconCalendarTime, IconHierarchy2, IconHistory, IconKey, IconShieldCheck, IconUser, type Icon } from "@tabler/icons-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import { iconOf } from "~/app/shell/icons";
import { PageHeader } from "~/ui/PageHeader";
import { useLabel } from "~/ui/useFormat";
import classes from "./admin.module.css";

const MODULES = ["users", "roles", "tags", "pipelines", "stages", "product_categories", "exchange_rates", "spending_classes", "channels", "forms", "api_clients", "reminder_rules"] as const;

export function SettingsPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const metadata = useMetadata();
  const shown = MODULES.flatMap((name) => metadata.module(name) ?? []);
  const administers = Boolean(metadata.module("organizations"));
  return (
    <>
      <PageHeader title={t("nav.settings")} />
      <div className={classes.body}>
        {(administers || shown.length > 0) && <Title order={2} mb="sm">{t("settings.company")}</Title>}
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md" mb="xl">
          {administers && <Card to="/settings/organization" icon={IconBuildingSkyscraper} title={t("settings.organization")} hint={t("settings.organizationHint")} />}
          {administers && <Card to="/settings/calendar" icon={IconCalendarTime} title={t("calendar.title")} hint={t("calendar.hint")} />}
          {metadata.module("teams") && <Card to="/settings/teams" icon={IconHierarchy2} title={t("settings.teams")} hint={t("settings.teamsHint")} />}
          {metadata.module("custom_fields") && <Card to="/settings/modules" icon={IconApps} title={t("modules.title")} hint={t("settings.modulesHint")} />}
          {shown.map((module) => (
            <Card
              key={module.name}
              to="/$module"
              params={{ module: module.name }}
              icon={iconOf(module.name)}
              title={label(module.plural)}
              hint={t(`settings.hint.${module.name as (typeof MODULES)[number]}`)}
            />
          ))}
          {metadata.may("security", "view") && <Card to="/settings/security" icon={IconShieldCheck} title={t("security.title")} hint={t("security.settingsHint")} />}
          {metadata.may("audit", "view") && <Card to="/settings/audit" icon={IconHistory} title={t("audit.title")} hint={t("audit.hint")} />}
        </SimpleGrid>
        <Title order={2} mb="sm">{t("settings.own")}</Title>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md">
          <Card to="/settings/account" icon={IconUser} title={t("profile.title")} hint={t("profile.hint")} />
          <Card to="/settings/tokens" icon={IconKey} title={t("settings.tokens")} hint={t("settings.tokensHint")} />
        </SimpleGrid>
      </div>
    </>
  );
}

interface CardProps {
  to: NonNullable<LinkProps["to"]>;
  params?: { module: string };
  icon: Icon;
  title: string;
  hint: string;
}

function Card({ to, params, icon: Sign, title, hint }: CardProps) {
  return (
    <Link className={classes.card} to={to} params={params}>
      <Sign size={24} stroke={1.5} aria-hidden className={classes.sign} />
      <div>
        <Text fw={600}>{title}</Text>
        <Text size="sm" c="dimmed">{hint}</Text>
      </div>
    </Link>
  );
}
