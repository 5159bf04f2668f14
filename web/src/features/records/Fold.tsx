import { Title, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import classes from "./RecordPage.module.css";

/** A panel of a record's page that is opened when somebody wants to know; only then is there anything in it. */
export function Fold({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <section className={classes.panel} aria-label={title}>
      <UnstyledButton className={classes.fold} onClick={() => setOpen(!open)} aria-expanded={open}>
        <Title order={2} size="h3">{title}</Title>
        <IconChevronDown size={18} aria-hidden />
      </UnstyledButton>
      {open && children}
    </section>
  );
}
