/** The frame around every page: navigation, header, search, live updates. */
import { AppShell, Box, Burger, Group, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Bell } from "~/features/notifications/Bell";
import { SearchButton, SearchDialog } from "~/features/search/Search";
import { Logo, OrganizationLogo } from "~/ui/Logo";
import { useEnded, useSession } from "~/app/session";
import { useLive } from "./live";
import { Navigation } from "./Navigation";
import { OfflineBanner } from "./OfflineBanner";
import { SessionEnded } from "./SessionEnded";
import { UserMenu } from "./UserMenu";
import classes from "./Shell.module.css";

export function Shell() {
  const { t } = useTranslation();
  const { id, name, logo_digest: logo } = useSession().organization;
  const [opened, { close, toggle }] = useDisclosure(false);
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  useLive(!useEnded());
  useEffect(() => close(), [pathname, close]);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 228, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={0}
      classNames={{ main: classes.main, header: classes.header, navbar: classes.navbar }}
    >
      <a className="gx-skip" href="#content">{t("nav.skip")}</a>
      <AppShell.Header>
        <Group h="100%" px="sm" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t(opened ? "nav.close" : "nav.open")}
              aria-expanded={opened}
            />
            <UnstyledButton renderRoot={(props) => <Link to="/" {...props} />}>
              <Group gap={8} wrap="nowrap">
                {logo
                  ? <OrganizationLogo id={id} digest={logo} height={28} alt={t("nav.home")} />
                  : <Logo size={28} alt={t("nav.home")} />}
                <Text fw={650} visibleFrom="sm" truncate maw={180}>{logo ? name : "Guanxi"}</Text>
              </Group>
            </UnstyledButton>
          </Group>
          <Box className={classes.search}>
            <SearchButton />
          </Box>
          <Bell />
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t("nav.main")}>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <OfflineBanner />
        <Outlet />
      </AppShell.Main>
      <SearchDialog />
      <SessionEnded />
    </AppShell>
  );
}
