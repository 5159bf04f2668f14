import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { SettingsLink } from "~/features/admin/SettingsLink";
import classes from "~/features/admin/admin.module.css";
import { NotificationSettings } from "~/features/notifications/NotificationSettings";
import { PageHeader } from "~/ui/PageHeader";
import { Password } from "./Password";
import { Preferences } from "./Preferences";
import { SecondFactor } from "./SecondFactor";
import { Section } from "./Section";
import { Sessions } from "./Sessions";

/** What is the person's own: each section is a file beside this one. */
export function Profile() {
  const { t } = useTranslation();
  const { user } = useSession();
  return (
    <>
      <PageHeader title={t("profile.title")} heading={user.name} above={<SettingsLink />} />
      <Stack className={classes.body} gap="lg">
        <Preferences />
        <Section title={t("notifications.settings")} hint={t("notifications.settingsHint")}>
          <NotificationSettings path="/notification_settings" />
        </Section>
        <Password />
        <SecondFactor />
        <Sessions />
      </Stack>
    </>
  );
}
