import { Button } from "@mantine/core";
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
import { PageHeader } from "~/ui/PageHeader";
import classes from "./admin.module.css";
import { SettingsLink } from "./SettingsLink";

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

  const done = (): void => {
    setEditing(false);
    // Time zone, currency and name are part of the session that formats every page.
    void client.invalidateQueries({ queryKey: ["session"] });
  };
  return (
    <>
      <PageHeader
        title={t("settings.organization")}
        heading={editing ? undefined : String(data.name ?? "")}
        above={<SettingsLink />}
        actions={!editing && module.operations.includes("edit") && (
          <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setEditing(true)}>{t("action.edit")}</Button>
        )}
      />
      <div className={classes.body}>
        <section className={classes.panel}>
          {editing ? <EditForm module={module} record={data} onDone={done} /> : <FieldList module={module} record={data} />}
        </section>
      </div>
    </>
  );
}
