import { Button, Group } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Page } from "~/api/types";
import type { ListSearch } from "./search";

/** Forward and back, page by page: tokens lead forward, and the browser's history keeps the way back. */
export function Pager({ search, page }: { search: ListSearch; page: Page | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/$module" });
  const tokens = useRouterState({ select: (state) => state.location.state.tokens ?? [] });
  const next = page?.nextPageToken ?? "";
  if (!next && !search.token) return null;

  const go = (token: string, way: string[]): void => {
    void navigate({ search: (before) => ({ ...before, token }), state: { tokens: way } });
    window.scrollTo({ top: 0 });
  };

  return (
    <Group justify="flex-end" gap="xs" mt="sm" component="nav" aria-label={t("list.pages")}>
      <Button
        variant="default"
        leftSection={<IconChevronLeft size={16} aria-hidden />}
        disabled={!search.token}
        onClick={() => go(tokens.at(-1) ?? "", tokens.slice(0, -1))}
      >
        {t("list.previous")}
      </Button>
      <Button
        variant="default"
        rightSection={<IconChevronRight size={16} aria-hidden />}
        disabled={!next}
        onClick={() => go(next, [...tokens, search.token])}
      >
        {t("list.next")}
      </Button>
    </Group>
  );
}
