/** Hands a file to the browser's downloads. */
export function download(address: string, name = ""): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

const KEPT_MS = 10_000;

/** The same for a file made here. */
export function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  download(address, name);
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
