/** The companies above and below an account: the whole tree it stands in, opened as far as to itself. */
import { ActionIcon, Group, Skeleton, Text, Title } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import { ApiError } from "~/api/errors";
import type { Rec } from "~/api/types";
import { listQuery, titleOf } from "~/features/records/api";
import { quote } from "~/features/records/filter";
import classes from "~/features/records/RecordPage.module.css";
import type { PanelProps } from "~/features/records/special";
import { useFormat } from "~/ui/useFormat";
import tree from "./AccountTree.module.css";

const MOST_ABOVE = 20;
const MOST_BELOW = 100;

/** The chain from the topmost company that the caller sees down to this one. */
async function chainOf(record: Rec, signal: AbortSignal): Promise<Rec[]> {
  const chain = [record];
  for (let parent = record.parent_id; typeof parent === "string" && parent && chain.length < MOST_ABOVE;) {
    const above = await get<Rec>(`/accounts/${parent}`, undefined, signal).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null; // out of the caller's scope, or deleted
      throw error;
    });
    if (!above) break;
    chain.unshift(above);
    parent = above.parent_id;
  }
  return chain;
}

const childrenQuery = (id: string) =>
  listQuery("accounts", { filter: `parent_id = ${quote(id)}`, order: "name", size: MOST_BELOW });

export function AccountTree({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const chain = useQuery({
    queryKey: ["records", "accounts", "chain", record.id, record.parent_id ?? ""],
    queryFn: ({ signal }) => chainOf(record, signal),
  });
  const below = useQuery(childrenQuery(record.id));
  if (!chain.data || !below.data) return null;
  const alone = chain.data.length === 1 && below.data.totalSize === 0;
  const top = chain.data[0];
  if (alone || !top) return null;
  return (
    <section className={classes.panel} aria-label={t("tree.title")}>
      <div className={classes.head}><Title order={2} size="h3">{t("tree.title")}</Title></div>
      <ul className={tree.tree}>
        <Node account={top} title={(one) => titleOf(one, module)} open={chain.data} current={record.id} />
      </ul>
    </section>
  );
}

interface NodeProps {
  account: Rec;
  title: (account: Rec) => string;
  /** The chain that is open from the beginning. */
  open: Rec[];
  current: string;
}

function Node({ account, title, open, current }: NodeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [opened, setOpened] = useState(open.some(({ id }) => id === account.id));
  const { data } = useQuery(childrenQuery(account.id));
  const name = title(account) || t("field.untitled");
  const count = data?.totalSize ?? 0;
  return (
    <li>
      <Group gap={4} wrap="nowrap">
        {count > 0
          ? (
            <ActionIcon size="sm" variant="subtle" color="gray" aria-expanded={opened} aria-label={t("tree.subsidiaries", { name })} onClick={() => setOpened(!opened)}>
              {opened ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
            </ActionIcon>
          )
          : <span className={tree.leaf} />}
        {account.id === current
          ? <Text span fw={600} aria-current="true">{name}</Text>
          : <Link className="gx-link" to="/$module/$id" params={{ module: "accounts", id: account.id }}>{name}</Link>}
        {count > 0 && <Text span size="sm" c="dimmed">{format.integer(count)}</Text>}
      </Group>
      {!data && <Skeleton height={12} width={120} />}
      {opened && count > 0 && (
        <ul className={tree.tree}>
          {data?.records.map((child) => <Node key={child.id} account={child} title={title} open={open} current={current} />)}
          {count > MOST_BELOW && (
            <li>
              <Link className="gx-link" to="/$module" params={{ module: "accounts" }} search={{ where: [{ f: "parent_id", o: "any", v: [account.id] }] }}>
                {t("record.all", { total: format.integer(count) })}
              </Link>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}
