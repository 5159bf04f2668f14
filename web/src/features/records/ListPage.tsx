import { ActionIcon, Button, Menu, Skeleton, Text, Tooltip } from "@mantine/core";
import { IconDots, IconDownload, IconFileImport, IconFilterOff, IconHistory, IconPlus, IconTrash, IconUserPlus } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { iconOf } from "~/app/shell/icons";
import { SETUP } from "~/app/shell/Navigation";
import { Crash, Missing } from "~/app/shell/states";
import { SettingsLink } from "~/features/admin/SettingsLink";
import { ActionBar } from "~/features/massedits/ActionBar";
import { MassEditHistory } from "~/features/massedits/MassEditHistory";
import { EmptyState } from "~/ui/EmptyState";
import { formatTotal } from "~/ui/format";
import { PageHeader } from "~/ui/PageHeader";
import { useFormat, useLabel } from "~/ui/useFormat";
import { listQuery } from "./api";
import { groupFields } from "./board";
import { ColumnMenu } from "./ColumnMenu";
import { columnsOf } from "./columns";
import { useExport } from "./export";
import { FilterBar } from "./FilterBar";
import { buildFilter } from "./filter";
import classes from "./ListPage.module.css";
import { LayoutSwitch } from "./LayoutSwitch";
import { Pager } from "./Pager";
import { RecordCards, RecordTable } from "./RecordTable";
import { PLAIN } from "./search";
import { useSelection } from "./selection";
import { useListing } from "./useListing";
import { ViewBar } from "./ViewBar";
import { useSettle } from "./views";

// Boards bring a library of their own.
const Board = lazy(() => import("./Board").then((m) => ({ default: m.Board })));

export function ListPage() {
  const { module: name } = useParams({ from: "/inside/$module" });
  const module = useMetadata().module(name);
  if (!module) return <Missing />;
  return <List key={name} module={module} />;
}

function List({ module }: { module: Module }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const listed = useListing(module);
  const { search, change, view } = listed;
  const settle = useSettle(module);
  const groups = groupFields(module, useMetadata());
  const group = search.layout === "board" ? groups.find(({ name }) => name === search.group) : undefined;
  const columns = columnsOf(module, search.columns, listed.settings.columns);
  // A saved view has columns of its own; without one they are the reader's, wherever they log in.
  const choose = (names: string[]): void => (view.record ? change({ columns: names }) : settle.mutate({ columns: names }));
  const filter = buildFilter(search.where, search.q, module.fields, search.raw);
  const query = useQuery({
    ...listQuery(module.name, { filter, order: search.order, token: search.token, deleted: search.deleted }),
    placeholderData: keepPreviousData,
    enabled: listed.ready && !group,
  });
  const page = query.data;
  const selection = useSelection(`${filter}\0${search.deleted}`, page?.totalSize ?? 0);
  const [history, setHistory] = useState(false);
  const exporting = useExport(module.name, filter, search.order);
  const may = (operation: string): boolean => module.operations.includes(operation);

  const chooses = !search.deleted && ["edit", "delete", "export"].some(may);
  const chosen = chooses ? selection : undefined;
  const narrowed = Boolean(filter) || search.deleted;
  return (
    <>
      <PageHeader
        title={label(module.plural)}
        above={SETUP.has(module.name) && <SettingsLink />}
        badge={page && !group && <Text c="dimmed" size="sm" aria-live="polite">{formatTotal(page.totalSize, format)}</Text>}
        actions={
          <>
            {module.name === "contacts" && may("create") && (
              <Button variant="default" renderRoot={(props) => <Link to="/customers/new" {...props} />} leftSection={<IconUserPlus size={18} aria-hidden />}>
                {t("customer.new")}
              </Button>
            )}
            {may("create") && (
              <Button renderRoot={(props) => <Link to="/$module/new" params={{ module: module.name }} {...props} />} leftSection={<IconPlus size={18} aria-hidden />}>
                {t("list.add")}
              </Button>
            )}
            <Menu position="bottom-end">
              <Menu.Target>
                <Tooltip label={t("action.more")}>
                  <ActionIcon variant="default" size={36} aria-label={t("action.more")}><IconDots size={18} /></ActionIcon>
                </Tooltip>
              </Menu.Target>
              <Menu.Dropdown>
                {module.importable && may("import") && (
                  <Menu.Item renderRoot={(props) => <Link to="/imports/new" search={{ module: module.name }} {...props} />} leftSection={<IconFileImport size={16} />}>
                    {t("list.import")}
                  </Menu.Item>
                )}
                {may("export") && (
                  <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => exporting.start()}>{t("list.export")}</Menu.Item>
                )}
                {chooses && <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => setHistory(true)}>{t("mass.history")}</Menu.Item>}
                {may("delete") && (
                  <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => change({ deleted: !search.deleted })}>
                    {t(search.deleted ? "list.hideDeleted" : "list.showDeleted")}
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          </>
        }
      />
      <div className={classes.body}>
        <ViewBar module={module} listed={listed} />
        <FilterBar module={module} search={search} onChange={change}>
          {groups.length > 0 && <LayoutSwitch fields={groups} search={search} onChange={change} />}
          <ColumnMenu module={module} chosen={columns.map(({ name }) => name)} onChoose={choose} />
        </FilterBar>
        {chooses && !group && (selection.all || selection.count > 0) && (
          <ActionBar module={module} selection={selection} total={page?.totalSize ?? 0} wholePage={selection.pageState(page?.records ?? []) === "all"} filter={filter} order={search.order} />
        )}
        {history && <MassEditHistory module={module} onClose={() => setHistory(false)} />}
        {group
          ? listed.ready && <Suspense fallback={<Skeleton height={240} />}><Board module={module} field={group} facts={columns} filter={filter} order={search.order} /></Suspense>
          : query.isError && !page
          ? <Crash error={query.error} reset={() => void query.refetch()} />
          : page && page.records.length === 0
            ? <Nothing module={module} narrowed={narrowed} onClear={() => change({ ...PLAIN, columns: search.columns, deleted: false })} />
            : (
              <>
                <RecordTable module={module} columns={columns} records={page?.records} order={search.order} onOrder={(order) => change({ order })} stale={query.isPlaceholderData} selection={chosen} />
                <RecordCards module={module} columns={columns} records={page?.records} stale={query.isPlaceholderData} selection={chosen} />
                <Pager search={search} page={page} />
              </>
            )}
      </div>
    </>
  );
}

function Nothing({ module, narrowed, onClear }: { module: Module; narrowed: boolean; onClear: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  if (narrowed) {
    return (
      <EmptyState icon={IconFilterOff} title={t("list.noMatch")} hint={t("list.noMatchHint")}>
        <Button variant="light" onClick={onClear}>{t("list.clear")}</Button>
      </EmptyState>
    );
  }
  const mayCreate = module.operations.includes("create");
  const mayImport = module.importable && module.operations.includes("import");
  return (
    <EmptyState
      icon={iconOf(module.name, module.icon)}
      title={t("list.none", { what: label(module.plural) })}
      hint={t(mayImport ? "list.noneHint" : mayCreate ? "list.noneHintAdd" : "list.noneToSee")}
    >
      {mayCreate && (
        <Button renderRoot={(props) => <Link to="/$module/new" params={{ module: module.name }} {...props} />} leftSection={<IconPlus size={18} aria-hidden />}>
          {t("list.add")}
        </Button>
      )}
      {mayImport && (
        <Button variant="default" renderRoot={(props) => <Link to="/imports/new" search={{ module: module.name }} {...props} />} leftSection={<IconFileImport size={18} aria-hidden />}>
          {t("list.import")}
        </Button>
      )}
    </EmptyState>
  );
}
