/** What the server says of a hand-over (guanxi.identity.v1); whole numbers of 64 bits come as text. */

export interface Preview {
  modules?: { module: string; count: string | number }[];
  missing?: string[];
}

export interface HandOver {
  modules?: {
    module: string;
    state: string;
    moved: string | number;
    left: string | number;
    error?: string;
  }[];
  missing?: string[];
  done?: boolean;
}

/** Services have heard of a hand-over by then; before, what they say may be of an earlier one. */
const HEARD_MS = 8000;

export const totalOf = (preview: Preview | undefined): number =>
  (preview?.modules ?? []).reduce((sum, { count }) => sum + Number(count), 0);

export function percentMoved({ modules = [] }: HandOver): number {
  const moved = modules.reduce((sum, each) => sum + Number(each.moved), 0);
  const left = modules.reduce((sum, each) => sum + Number(each.left), 0);
  return moved + left ? Math.round((100 * moved) / (moved + left)) : 100;
}

/** Nothing more will come of it: all is given, or every service has ended with some that stay. */
export function hasEnded({ done, modules = [], missing = [] }: HandOver, elapsedMs: number): boolean {
  if (done) return true;
  return elapsedMs > HEARD_MS && missing.length === 0 && modules.every(({ state }) => state === "done" || state === "failed");
}
