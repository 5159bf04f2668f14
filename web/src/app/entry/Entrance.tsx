/** The page around log-in and sign-up. */
import { Box, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Logo, OrganizationLogo } from "~/ui/Logo";
import { LanguageMenu } from "../shell/UserMenu";
import { useProfile } from "./profile";
import classes from "./Entrance.module.css";

interface Props {
  title: string;
  hint?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  /** Id of the organization whose page it is, where that is known. */
  organization?: string;
}

export function Entrance({ title, hint, children, footer, organization = "" }: Props) {
  const { t } = useTranslation();
  const profile = useProfile(organization);
  return (
    <Box className={classes.page}>
      <Group justify="space-between" p="md" component="header">
        <Group gap={10}>
          {profile?.logo_digest
            ? <OrganizationLogo id={profile.id} digest={profile.logo_digest} height={32} />
            : <Logo size={32} />}
          <Text fw={650} size="lg">{profile?.logo_digest ? profile.name : <>Guanxi <span lang="zh-CN">关系</span></>}</Text>
        </Group>
        <LanguageMenu />
      </Group>
      <main className={classes.main}>
        <Stack gap="lg" className={classes.card}>
          <Stack gap={6}>
            <Title order={1}>{title}</Title>
            {hint && <Text c="dimmed" size="sm">{hint}</Text>}
          </Stack>
          {children}
        </Stack>
        {footer && <Text size="sm" ta="center" mt="lg">{footer}</Text>}
      </main>
      <Text component="footer" size="xs" c="dimmed" ta="center" p="md">{t("entry.motto")}</Text>
    </Box>
  );
}
