import classes from "./Logo.module.css";

interface Props {
  size: number;
  /** What it stands for where it is all there is to see; decoration otherwise. */
  alt?: string;
}

export function Logo({ size, alt = "" }: Props) {
  return <img src="/icon.svg" alt={alt} width={size} height={size} style={{ display: "block" }} />;
}

interface OwnProps {
  id: string;
  digest: string;
  height: number;
  alt?: string;
}

/** An organization's own: of any shape, on white in the dark, too, because most are drawn for paper. */
export function OrganizationLogo({ id, digest, height, alt = "" }: OwnProps) {
  return <img className={classes.own} src={`/api/v1/organizations/${id}/logos/${digest}`} alt={alt} style={{ height, maxWidth: height * 4 }} />;
}
