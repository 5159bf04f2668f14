import { ActionIcon, Button, Skeleton, Text, Tooltip } from "@mantine/core";
import { IconFileImport, IconHierarchy2, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { listRecords } from "~/features/records/api";
import { EmptyState } from "~/ui/EmptyState";
import { ReferenceLink } from "~/ui/fields/FieldValue";
import { PageHeader } from "~/ui/PageHeader";
import classes from "./admin.module.css";
import { SettingsLink } from "./SettingsLink";
import { toTree, type TeamNode } from "./tree";

/** A tree has to be whole to be drawn: all pages are read. */
async function allTeams(signal: AbortSignal): Promise<Rec[]> {
  const teams: Rec[] = [];
  let token = "";
  do {
    const page = await listRecords("teams", { size: 200, token }, signal);
    teams.push(...page.records);
    token = page.nextPageToken;
  } while (token);
  return teams;
}

export function TeamsPage() {
  const { t, i18n } = useTranslation();
  const metadata = useMetadata();
  const { data } = useQuery({ queryKey: ["records", "teams", "tree"], queryFn: ({ signal }) => allTeams(signal) });
  const mayCreate = metadata.may("teams", "create");
  const add = mayCreate && (
    <Button renderRoot={(props) => <Link to="/$module/new" params={{ module: "teams" }} {...props} />} leftSection={<IconPlus size={18} aria-hidden />}>
      {t("list.add")}
    </Button>
  );
  const bringIn = metadata.may("teams", "import") && (
    <Button variant="default" renderRoot={(props) => <Link to="/imports/new" search={{ module: "teams" }} {...props} />} leftSection={<IconFileImport size={18} aria-hidden />}>
      {t("list.import")}
    </Button>
  );
  const tree = data && toTree(data, new Intl.Collator(i18n.language).compare);
  return (
    <>
      <PageHeader title={t("settings.teams")} above={<SettingsLink />} actions={tree?.length ? <>{add}{bringIn}</> : undefined} />
      <div className={classes.body}>
        {!tree && <Skeleton height={180} />}
        {tree?.length === 0 && <EmptyState icon={IconHierarchy2} title={t("settings.noTeams")} hint={t("settings.teamsHint")}>{add}{bringIn}</EmptyState>}
        {Boolean(tree?.length) && (
          <div className={classes.panel}>
            <ul className={classes.tree}>{tree?.map((node) => <Branch key={node.team.id} node={node} mayCreate={mayCreate} />)}</ul>
          </div>
        )}
      </div>
    </>
  );
}

function Branch({ node: { team, children }, mayCreate }: { node: TeamNode; mayCreate: boolean }) {
  const { t } = useTranslation();
  const manager = String(team.manager_id ?? "");
  return (
    <li>
      <div className={classes.node}>
        <IconHierarchy2 size={18} stroke={1.6} aria-hidden />
        <span className={classes.name}>
          <Link className="gx-link" to="/$module/$id" params={{ module: "teams", id: team.id }}><b>{String(team.name)}</b></Link>
          {manager && <Text size="sm" c="dimmed" component="span"><ReferenceLink type="identity.User" id={manager} /></Text>}
        </span>
        <Link className="gx-link" style={{ fontSize: 13 }} to="/$module" params={{ module: "users" }} search={{ where: [{ f: "team_id", o: "any", v: [team.id] }] }}>
          {t("settings.members")}
        </Link>
        {mayCreate && (
          <Tooltip label={t("settings.addBelow")}>
            <ActionIcon
              variant="subtle"
              aria-label={t("settings.addBelowOf", { team: String(team.name) })}
              renderRoot={(props) => <Link to="/$module/new" params={{ module: "teams" }} search={{ preset: { parent_id: team.id } }} {...props} />}
            >
              <IconPlus size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {children.length > 0 && <ul>{children.map((child) => <Branch key={child.team.id} node={child} mayCreate={mayCreate} />)}</ul>}
    </li>
  );
}
