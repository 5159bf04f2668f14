import { Box, Group, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

interface Props {
  title: string;
  /** Shown instead of the plain title; `title` then only names the browser's tab. */
  heading?: ReactNode;
  above?: ReactNode;
  badge?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, heading, above, badge, actions }: Props) {
  useDocumentTitle(`${title} · Guanxi`);
  return (
    <Box component="header" px={{ base: "sm", sm: "lg" }} pt="md" pb="sm">
      {above}
      <Group justify="space-between" gap="sm" wrap="wrap">
        <Group gap="xs" wrap="nowrap" miw={0} style={{ flex: "1 1 180px" }}>
          <Title order={1} style={{ overflowWrap: "anywhere" }}>{heading ?? title}</Title>
          {badge}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
    </Box>
  );
}
