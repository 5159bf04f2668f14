import Bowser from "bowser";

/** What a browser calls itself, in a few words: `Chrome · Windows`. Names that people or programs chose stay as they are. */
export function deviceName(device: string | undefined): string {
  if (!device?.startsWith("Mozilla/")) return device ?? "";
  const { browser, os } = Bowser.parse(device);
  return [browser.name, os.name].filter(Boolean).join(" · ") || device;
}
