interface Props {
  size: number;
  /** What it stands for where it is all there is to see; decoration otherwise. */
  alt?: string;
}

export function Logo({ size, alt = "" }: Props) {
  return <img src="/icon.svg" alt={alt} width={size} height={size} style={{ display: "block" }} />;
}
