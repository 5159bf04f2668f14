import { Alert, Button, Checkbox, Skeleton, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { errorText } from "~/ui/errors";
import { settingsQuery, useChoose, type Setting, type SettingsPath } from "./api";
import classes from "./notifications.module.css";

const CHANNELS = ["in_app", "email"] as const;

/** Of what one is told where. A choice is kept at once; one that was made can be taken back to what holds by default. */
export function NotificationSettings({ path, editable = true }: { path: SettingsPath; editable?: boolean }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(settingsQuery(path));
  const choose = useChoose(path);
  if (error) return <Alert color="red" role="alert">{errorText(error)}</Alert>;
  if (!data) return <Skeleton height={180} />;
  return (
    <div className={classes.settings}>
      {choose.isError && <Alert color="red" role="alert" mb="sm">{errorText(choose.error)}</Alert>}
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("notifications.kind")}</Table.Th>
            {CHANNELS.map((channel) => <Table.Th key={channel}>{t(`notifications.channel.${channel}`)}</Table.Th>)}
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(data.settings ?? []).map((setting) => (
            <Row key={setting.kind} setting={setting} editable={editable} onChoose={(next) => choose.mutate(next)} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps {
  setting: Setting;
  editable: boolean;
  onChoose: (next: Setting) => void;
}

function Row({ setting, editable, onChoose }: RowProps) {
  const { t } = useTranslation();
  const { kind, name, in_app, email } = setting;
  const chosen = in_app !== undefined || email !== undefined;
  const holds = (channel: (typeof CHANNELS)[number]): boolean => setting[channel] ?? setting[`default_${channel}`] ?? false;
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>{name}</Table.Th>
      {CHANNELS.map((channel) => (
        <Table.Td key={channel}>
          <Checkbox
            aria-label={`${name ?? ""}: ${t(`notifications.channel.${channel}`)}`}
            checked={holds(channel)}
            disabled={!editable}
            onChange={(event) => onChoose({ kind, in_app, email, [channel]: event.currentTarget.checked })}
          />
        </Table.Td>
      ))}
      <Table.Td>
        {chosen && editable && (
          <Button size="compact-xs" variant="subtle" aria-label={`${t("notifications.reset")}: ${name ?? ""}`} onClick={() => onChoose({ kind })}>
            {t("notifications.reset")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
