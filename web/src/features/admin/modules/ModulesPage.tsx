/** Modules and their fields: the organization's own modules, and what it adds to any module. */
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconAdjustments, IconExternalLink, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { metadataQuery, useMetadata } from "~/app/metadata";
import { Missing } from "~/app/shell/states";
import { Section } from "~/features/profile/Section";
import { listQuery } from "~/features/records/api";
import { RecordDialog } from "~/features/records/RecordDialog";
import { showDone } from "~/ui/errors";
import { PageHeader } from "~/ui/PageHeader";
import { useLabel } from "~/ui/useFormat";
import classes from "../admin.module.css";
import { SettingsLink } from "../SettingsLink";
import { ModuleFields } from "./ModuleFields";

const OWN = "custom_modules";
const ASKED = ["label_zh", "label_en", "plural_en", "icon", "open_to", "title_zh", "title_en", "key"] as const;
const PREFIX = "c_";

export function ModulesPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const navigate = useNavigate();
  const metadata = useMetadata();
  const { module: chosen } = useSearch({ from: "/inside/settings/modules" });
  const [making, setMaking] = useState(false);
  const definitions = metadata.module(OWN);
  const fields = metadata.module("custom_fields");
  const own = useQuery({ ...listQuery(OWN, { size: 200 }), enabled: Boolean(definitions) });
  if (!fields) return <Missing />;
  const modules = metadata.modules.filter((module) => module.custom_fields);
  const module = modules.find(({ name }) => name === chosen) ?? modules.find(isOwn) ?? modules[0];
  const definition = own.data?.records.find(({ key }) => `${PREFIX}${String(key)}` === module?.name);
  const choose = (name: string): void => void navigate({ to: "/settings/modules", search: { module: name }, replace: true });
  return (
    <>
      <PageHeader
        title={t("modules.title")}
        above={<SettingsLink />}
        actions={definitions?.operations.includes("create") && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>{t("modules.new")}</Button>
        )}
      />
      <Stack className={classes.body} gap="lg">
        <Text c="dimmed">{t("modules.intro")}</Text>
        <Group align="end">
          <Select
            label={t("modules.which")}
            data={modules.map((one) => ({ value: one.name, label: label(one.plural) }))}
            value={module?.name ?? null}
            onChange={(name) => name && choose(name)}
            allowDeselect={false}
            searchable
            maxDropdownHeight={320}
          />
          {module && (
            <Button variant="default" leftSection={<IconExternalLink size={16} aria-hidden />} renderRoot={(props) => <Link to="/$module" params={{ module: module.name }} {...props} />}>
              {t("modules.open")}
            </Button>
          )}
          {definition && (
            <Button variant="default" leftSection={<IconAdjustments size={16} aria-hidden />} renderRoot={(props) => <Link to="/$module/$id" params={{ module: OWN, id: definition.id }} {...props} />}>
              {t("modules.settings")}
            </Button>
          )}
        </Group>
        {module && (
          <Section title={t("modules.fieldsOf", { what: label(module.plural) })} hint={t("modules.fieldsHint")}>
            <ModuleFields key={module.name} module={module} definitions={fields} />
          </Section>
        )}
      </Stack>
      {making && definitions && (
        <RecordDialog
          module={definitions}
          asked={ASKED}
          preset={{ open_to: "as_accounts" }}
          onClose={() => setMaking(false)}
          onCreated={async (record) => {
            await client.invalidateQueries({ queryKey: metadataQuery.queryKey });
            setMaking(false);
            showDone(t("modules.made"));
            choose(`${PREFIX}${String(record.key)}`);
          }}
        />
      )}
    </>
  );
}

const isOwn = (module: Module): boolean => module.name.startsWith(PREFIX);
