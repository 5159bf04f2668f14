/** What the client shows when there is nothing to show yet, or no more. */
import { Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCompass } from "@tabler/icons-react";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link, useRouter } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { errorText } from "~/ui/errors";

export function Waiting() {
  const { t } = useTranslation();
  return (
    <Center mih="50vh" role="status" aria-label={t("state.loading")}>
      <Loader type="dots" />
    </Center>
  );
}

export function Missing() {
  const { t } = useTranslation();
  return (
    <Center mih="60vh" p="md">
      <Stack align="center" gap="sm" ta="center">
        <IconCompass size={40} stroke={1.4} aria-hidden />
        <Title order={1}>{t("state.missing")}</Title>
        <Text c="dimmed">{t("state.missingHint")}</Text>
        <Button component={Link} to="/" variant="light">
          {t("nav.home")}
        </Button>
      </Stack>
    </Center>
  );
}

export function Crash({ error, reset }: Partial<ErrorComponentProps>) {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <Center mih="60vh" p="md">
      <Stack align="center" gap="sm" ta="center" role="alert">
        <IconAlertTriangle size={40} stroke={1.4} aria-hidden />
        <Title order={1}>{t("error.title")}</Title>
        <Text c="dimmed" maw={480}>{errorText(error)}</Text>
        <Button
          variant="light"
          onClick={() => {
            reset?.();
            void router.invalidate();
          }}
        >
          {t("action.retry")}
        </Button>
      </Stack>
    </Center>
  );
}
