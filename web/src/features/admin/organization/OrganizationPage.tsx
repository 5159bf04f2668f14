import { Button, Stack, Text, Title } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import { useSession } from "~/app/session";
import { Crash, Missing, Waiting } from "~/app/shell/states";
import { recordQuery } from "~/features/records/api";
import { EditForm } from "~/features/records/EditForm";
import { FieldList } from "~/features/records/FieldList";
import { NotificationSettings } from "~/features/notifications/NotificationSettings";
import { PageHeader } from "~/ui/PageHeader";
import classes from "../admin.module.css";
import { SettingsLink } from "../SettingsLink";
import { LogoPanel } from "./LogoPanel";
import { sectionsOf } from "./sections";

/** The caller's own organization: an ordinary record with a page of its own. */
export function OrganizationPage() {
  const { t } = useTranslation();
  const { organization } = useSession();
  const module = useMetadata().module("organizations");
  const client = useQueryClient();
  const [editing, setEditing] = useState(false);
  const { data, error } = useQuery({ ...recordQuery("organizations", organization.id), enabled: Boolean(module) });
  if (!module) return <Missing />;
  if (error && !data) return <Crash error={error} />;
  if (!data) return <Waiting />;

  const editable = module.operations.includes("edit");
  const sections = sectionsOf(module).map((section) => ({ ...section, title: t(`organization.${section.name}`) }));
  const done = (): void => {
    setEditing(false);
    // Time zone, currency, formats and name are part of the session that every page reads.
    void client.invalidateQueries({ queryKey: ["session"] });
  };
  return (
    <>
      <PageHeader
        title={t("settings.organization")}
        heading={editing ? undefined : String(data.name ?? "")}
        above={<SettingsLink />}
        actions={!editing && editable && (
          <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setEditing(true)}>{t("action.edit")}</Button>
        )}
      />
      <Stack className={classes.body} gap="lg">
        {editing
          ? <section className={classes.panel}><EditForm module={module} record={data} sections={sections} onDone={done} /></section>
          : (
            <>
              {sections.map(({ name, title, fields }) => (
                <section key={name} className={classes.panel} aria-labelledby={name}>
                  <Title order={2} id={name} mb="sm">{title}</Title>
                  <FieldList module={module} record={data} fields={fields} />
                </section>
              ))}
              <LogoPanel record={data} editable={editable} />
              <section className={classes.panel} aria-labelledby="notifications">
                <Title order={2} id="notifications" mb={4}>{t("notifications.defaults")}</Title>
                <Text size="sm" c="dimmed" mb="sm">{t("notifications.defaultsHint")}</Text>
                <NotificationSettings path="/notification_defaults" editable={editable} />
              </section>
            </>
          )}
      </Stack>
    </>
  );
}
