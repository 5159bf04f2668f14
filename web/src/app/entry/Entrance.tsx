/** The page around log-in and sign-up. */
import { Box, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Logo } from "~/ui/Logo";
import { LanguageMenu } from "../shell/UserMenu";
import classes from "./Entrance.module.css";

interface Props {
  title: string;
  hint?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
}

export function Entrance({ title, hint, children, footer }: Props) {
  const { t } = useTranslation();
  return (
    <Box className={classes.page}>
      <Group justify="space-between" p="md" component="header">
        <Group gap={10}>
          <Logo size={32} />
          <Text fw={650} size="lg">Guanxi <span lang="zh-CN">关系</span></Text>
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
