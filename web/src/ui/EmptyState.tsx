import { Center, Group, Stack, Text } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface Props {
  icon: Icon;
  title: string;
  hint?: string;
  children?: ReactNode;
}

/** Nothing here yet, and what to do next. */
export function EmptyState({ icon: Sign, title, hint, children }: Props) {
  return (
    <Center py={56} px="md">
      <Stack align="center" gap="xs" ta="center" maw={440}>
        <Sign size={44} stroke={1.2} aria-hidden color="var(--mantine-color-dimmed)" />
        <Text fw={600} size="lg">{title}</Text>
        {hint && <Text c="dimmed" size="sm">{hint}</Text>}
        {children && <Group mt="sm" justify="center">{children}</Group>}
      </Stack>
    </Center>
  );
}
