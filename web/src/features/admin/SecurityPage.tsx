/** What an administrator should look at, each with the place where it is mended. */
import { Badge, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, get } from "~/api/client";
import { useMetadata } from "~/app/metadata";
import { Missing } from "~/app/shell/states";
import { ConfirmButton } from "~/ui/ConfirmButton";
import { deviceName } from "~/ui/device";
import { errorText } from "~/ui/errors";
import { PageHeader } from "~/ui/PageHeader";
import { useFormat } from "~/ui/useFormat";
import classes from "./admin.module.css";
import { SettingsLink } from "./SettingsLink";

const MODULES = {
  no_second_factor: "users",
  failed_log_ins: "users",
  stale_sessions: "users",
  stale_tokens: "users",
  stale_clients: "api_clients",
  broad_roles: "roles",
} as const;
type Kind = keyof typeof MODULES;

interface Item {
  id: string;
  name: string;
  detail?: string;
  time?: string;
  count?: number;
  item_id?: string;
}

/** What a line ends, and who may. */
const ENDS: Partial<Record<Kind, { may: string; path: (item: Item) => string; label: "session.end" | "token.revoke" }>> = {
  stale_sessions: { may: "users", path: ({ id, item_id: own }) => `/users/${id}/sessions/${own}`, label: "session.end" },
  stale_tokens: { may: "users", path: ({ id, item_id: own }) => `/users/${id}/api_tokens/${own}`, label: "token.revoke" },
  stale_clients: { may: "api_clients", path: ({ id, item_id: own }) => `/api_clients/${id}/secrets/${own}`, label: "token.revoke" },
};

interface Security {
  findings?: { kind: Kind; count?: number; items?: Item[] }[];
  administrators?: number;
  audit_time?: string;
  vulnerabilities?: { package: string; version: string; id: string; fixed_in?: string[] }[];
}

export function SecurityPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const allowed = useMetadata().may("security", "view");
  const { data, error } = useQuery({
    queryKey: ["security"],
    queryFn: ({ signal }) => get<Security>("/security", {}, signal),
    enabled: allowed,
  });
  if (!allowed) return <Missing />;
  return (
    <>
      <PageHeader title={t("security.title")} above={<SettingsLink />} />
      <div className={classes.body}>
        {error && <Text c="red" role="alert">{errorText(error)}</Text>}
        {!data && !error && <Skeleton height={240} />}
        {data && (
          <Stack>
            {data.findings?.filter(({ kind }) => kind in MODULES).map((finding) => (
              <section key={finding.kind} className={classes.panel} aria-label={t(`security.kind.${finding.kind}`)}>
                <Group justify="space-between" wrap="nowrap" align="flex-start">
                  <Title order={2} size="h4">{t(`security.kind.${finding.kind}`)}</Title>
                  <Badge className="gx-badge" variant="light" style={{ flexShrink: 0 }} color={finding.count ? "orange" : "teal"}>{format.integer(finding.count ?? 0)}</Badge>
                </Group>
                <Text size="sm" c="dimmed">{t(`security.hint.${finding.kind}`)}</Text>
                {finding.kind === "broad_roles" && <Text size="sm">{t("security.administrators", { total: format.integer(data.administrators ?? 0) })}</Text>}
                {finding.items?.map((item, place) => <Line key={`${item.id}-${item.item_id ?? place}`} kind={finding.kind} item={item} />)}
                <Mend kind={finding.kind} />
              </section>
            ))}
            <section className={classes.panel} aria-label={t("security.vulnerabilities")}>
              <Title order={2} size="h4">{t("security.vulnerabilities")}</Title>
              {!data.audit_time && <Text size="sm">{t("security.notChecked")}</Text>}
              {data.audit_time && <Text size="sm" c="dimmed">{t("security.checked", { when: format.dateTime(data.audit_time) })}</Text>}
              {data.audit_time && !data.vulnerabilities?.length && <Text size="sm">{t("security.noneKnown")}</Text>}
              {data.vulnerabilities?.map((one) => (
                <Text key={`${one.package}-${one.id}`} size="sm" style={{ overflowWrap: "anywhere" }}>
                  <b>{one.package}</b> {one.version}: {one.id}{one.fixed_in?.length ? ` → ${one.fixed_in.join(", ")}` : ""}
                </Text>
              ))}
            </section>
          </Stack>
        )}
      </div>
    </>
  );
}

function Line({ kind, item }: { kind: Kind; item: Item }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const metadata = useMetadata();
  const ends = ENDS[kind];
  const more = [
    deviceName(item.detail),
    item.count ? t("security.times", { total: format.integer(item.count) }) : "",
    item.time ? format.ago(item.time) : "",
  ].filter(Boolean).join(" · ");
  return (
    <Group justify="space-between" wrap="nowrap" mt={ends ? 6 : 0}>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        <Link className="gx-link" to="/$module/$id" params={{ module: MODULES[kind], id: item.id }}>{item.name}</Link>
        {more && <Text span c="dimmed"> · {more}</Text>}
      </Text>
      {ends && metadata.may(ends.may, "administer") && (
        <ConfirmButton
          size="xs"
          style={{ flexShrink: 0 }}
          label={t(ends.label)}
          name={t("security.endOf", { what: t(ends.label), whose: item.name, detail: deviceName(item.detail) })}
          question={t("user.endAsk", { name: item.name, what: deviceName(item.detail) || t("session.unknown") })}
          run={() => api("DELETE", ends.path(item))}
          onDone={() => client.invalidateQueries({ queryKey: ["security"] })}
        />
      )}
    </Group>
  );
}

/** Where all of a kind are mended at once. */
function Mend({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  if (kind === "no_second_factor") return <Link className="gx-link" style={{ fontSize: "14px" }} to="/settings/organization">{t("security.mend.organization")}</Link>;
  if (kind === "failed_log_ins") {
    return <Link className="gx-link" style={{ fontSize: "14px" }} to="/settings/audit" search={{ module: "sessions", verb: "refused" }}>{t("security.mend.log")}</Link>;
  }
  return null;
}
