/** The first page: how far the set-up is, and the way into each module. */
import { CloseButton, Group, Skeleton, SimpleGrid, Text, Title } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconArrowRight, IconChartBar, IconCircleCheckFilled, IconCircleDashed } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { useSession } from "~/app/session";
import { iconOf } from "~/app/shell/icons";
import { dailyModules } from "~/app/shell/Navigation";
import { listQuery } from "~/features/records/api";
import { formatTotal } from "~/ui/format";
import { PageHeader } from "~/ui/PageHeader";
import { useFormat, useLabel } from "~/ui/useFormat";
import classes from "./Home.module.css";

/** What a new organization fills in, in an order in which references are already there. */
const FIRST_STEPS = ["teams", "users", "products", "accounts", "opportunities"] as const;

export function Home() {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const { user, organization } = useSession();
  const metadata = useMetadata();
  const modules = dailyModules(metadata.modules);
  const steps = FIRST_STEPS.flatMap((name) => metadata.module(name) ?? []).filter((module) => module.operations.includes("import"));
  const wanted = [...new Set([...modules, ...steps])];
  const totals = useQueries({
    queries: wanted.map((module) => listQuery(module.name, { size: 1 })),
    combine: (results) => new Map(results.map(({ data }, index) => [wanted[index]?.name ?? "", data?.totalSize])),
  });
  // A new organization has one user: whoever signed it up.
  const isDone = (module: Module): boolean => (totals.get(module.name) ?? 0) > (module.name === "users" ? 1 : 0);
  const known = steps.every((module) => totals.get(module.name) !== undefined);
  const setUp = steps.every(isDone);
  const [hidden, setHidden] = useLocalStorage({ key: `guanxi.guide.${organization.id}`, defaultValue: false, getInitialValueInEffect: false });

  return (
    <>
      <PageHeader title={t("home.welcome", { name: user.name })} />
      <div className={classes.body}>
        <Text c="dimmed" mb="lg">{organization.name}</Text>
        {steps.length > 0 && known && !setUp && !hidden && (
          <section className={classes.start} aria-labelledby="start-title">
            <Group justify="space-between" wrap="nowrap">
              <Title order={2} id="start-title">{t("home.start")}</Title>
              <CloseButton aria-label={t("home.hide")} title={t("home.hide")} onClick={() => setHidden(true)} />
            </Group>
            <Text size="sm" c="dimmed" mb="sm">{t("home.startHint")}</Text>
            <ol className={classes.steps}>
              {steps.map((module) => {
                const done = isDone(module);
                return (
                  <li key={module.name} data-done={done || undefined}>
                    {done ? <IconCircleCheckFilled size={22} aria-label={t("home.done")} /> : <IconCircleDashed size={22} aria-hidden />}
                    <Link className={classes.step} to="/imports/new" search={{ module: module.name }}>
                      {t("home.import", { what: label(module.plural) })}
                    </Link>
                    <Text size="sm" c="dimmed">{done ? formatTotal(totals.get(module.name) ?? 0, format) : t(`home.step.${module.name as (typeof FIRST_STEPS)[number]}`)}</Text>
                  </li>
                );
              })}
            </ol>
          </section>
        )}
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md">
          {modules.map((module) => {
            const Sign = iconOf(module.name, module.icon);
            const total = totals.get(module.name);
            return (
              <Link key={module.name} className={classes.card} to="/$module" params={{ module: module.name }}>
                <Sign size={24} stroke={1.5} aria-hidden className={classes.sign} />
                <Text fw={600} flex={1}>{label(module.plural)}</Text>
                {total === undefined ? <Skeleton width={36} height={20} /> : <Text fz={20} fw={650}>{formatTotal(total, format)}</Text>}
              </Link>
            );
          })}
          <Link className={classes.card} to="/reports">
            <IconChartBar size={24} stroke={1.5} aria-hidden className={classes.sign} />
            <Text fw={600} flex={1}>{t("nav.reports")}</Text>
            <IconArrowRight size={18} aria-hidden />
          </Link>
        </SimpleGrid>
      </div>
    </>
  );
}
