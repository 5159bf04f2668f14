import classes from "./imports.module.css";

interface Props {
  label: string;
  value: string;
  tone?: "good" | "bad";
}

/** One number of a summary; stands inside a `dl`. */
export function Tile({ label, value, tone }: Props) {
  return (
    <div className={classes.tile} data-tone={tone}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}
