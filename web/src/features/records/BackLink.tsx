import { IconChevronLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Module } from "~/api/types";
import { useLabel } from "~/ui/useFormat";
import classes from "./RecordPage.module.css";

/** To the list a record belongs to. */
export function BackLink({ module }: { module: Module }) {
  const label = useLabel();
  return (
    <Link className={classes.back} to="/$module" params={{ module: module.name }}>
      <IconChevronLeft size={16} aria-hidden />
      {label(module.plural)}
    </Link>
  );
}
