import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "~/features/admin/admin.module.css";

interface Props {
  title: string;
  hint: string;
  action?: ReactNode;
  children: ReactNode;
}

/** One part of the page: what it is about, and what can be done. */
export function Section({ title, hint, action, children }: Props) {
  return (
    <section className={classes.panel}>
      <Group justify="space-between" align="flex-start" mb="md">
        <div>
          <Title order={2}>{title}</Title>
          <Text size="sm" c="dimmed">{hint}</Text>
        </div>
        {action}
      </Group>
      {children}
    </section>
  );
}
