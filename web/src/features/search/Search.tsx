/** One search over every module (Ctrl+K or /). */
import { Group, Kbd, Loader, Text, UnstyledButton, ActionIcon } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight, spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { Hit } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { iconOf } from "~/app/shell/icons";
import { useRecents } from "~/features/personal/recents";
import { useLabel } from "~/ui/useFormat";
import classes from "./Search.module.css";

export function SearchButton() {
  const { t } = useTranslation();
  return (
    <>
      <UnstyledButton className={classes.button} onClick={() => spotlight.open()} visibleFrom="sm">
        <Group gap="xs" wrap="nowrap">
          <IconSearch size={16} aria-hidden color="var(--mantine-color-dimmed)" />
          <Text size="sm" c="dimmed" flex={1}>{t("search.placeholder")}</Text>
          <Kbd size="xs">Ctrl K</Kbd>
        </Group>
      </UnstyledButton>
      <ActionIcon
        className={classes.small}
        variant="subtle"
        color="gray"
        size="lg"
        hiddenFrom="sm"
        aria-label={t("search.placeholder")}
        onClick={() => spotlight.open()}
      >
        <IconSearch size={20} stroke={1.6} />
      </ActionIcon>
    </>
  );
}

interface Found {
  hits: Hit[];
  /** Services that did not answer in time. */
  missing?: string[];
}

export function SearchDialog() {
  const { t } = useTranslation();
  const label = useLabel();
  const metadata = useMetadata();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const [asked] = useDebouncedValue(query.trim(), 200);
  const found = useQuery({
    queryKey: ["search", asked],
    queryFn: ({ signal }) => get<Found>("/search", { query: asked }, signal),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  });
  const hits = (asked ? (found.data?.hits ?? []) : []).filter((hit) => metadata.module(hit.module));
  const recents = useRecents().filter((one) => metadata.module(one.module));
  const modules = [...new Set(hits.map((hit) => hit.module))];
  const nothing = !asked ? t("search.hint") : found.isFetching ? <Loader size="sm" /> : t("search.nothing", { query: asked });

  return (
    <Spotlight.Root query={query} onQueryChange={setQuery} shortcut={["mod + K", "/"]} scrollable maxHeight="70vh">
      <Spotlight.Search
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        leftSection={<IconSearch size={18} aria-hidden />}
      />
      <Spotlight.ActionsList>
        {modules.map((name) => {
          const module = metadata.module(name);
          const Sign = iconOf(name, module?.icon);
          return (
            <Spotlight.ActionsGroup key={name} label={module ? label(module.plural) : name}>
              {hits.filter((hit) => hit.module === name).map((hit) => (
                <Spotlight.Action
                  key={hit.id}
                  label={hit.title || hit.id}
                  description={hit.detail || undefined}
                  leftSection={<Sign size={18} stroke={1.6} aria-hidden />}
                  onClick={() => void navigate({ to: "/$module/$id", params: { module: hit.module, id: hit.id } })}
                />
              ))}
            </Spotlight.ActionsGroup>
          );
        })}
        {!asked && recents.length > 0 && (
          <Spotlight.ActionsGroup label={t("search.recent")}>
            {recents.map((one) => {
              const Sign = iconOf(one.module, metadata.module(one.module)?.icon);
              return (
                <Spotlight.Action
                  key={one.id}
                  label={one.title || one.id}
                  leftSection={<Sign size={18} stroke={1.6} aria-hidden />}
                  onClick={() => void navigate({ to: "/$module/$id", params: { module: one.module, id: one.id } })}
                />
              );
            })}
          </Spotlight.ActionsGroup>
        )}
        {hits.length === 0 && (asked || recents.length === 0) && <Spotlight.Empty>{nothing}</Spotlight.Empty>}
      </Spotlight.ActionsList>
      {Boolean(found.data?.missing?.length) && (
        <Text size="xs" c="dimmed" p="xs">{t("search.partial")}</Text>
      )}
    </Spotlight.Root>
  );
}
