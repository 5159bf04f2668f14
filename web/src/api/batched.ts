/** Many small questions at once: those asked within a moment become one request for each hundred. */

const BATCH = 100;
const WAIT_MS = 10;

interface Asked<Answer> {
  resolve: (answer: Answer | null) => void;
  reject: (error: unknown) => void;
}

/** A loader of one key, made from one of many; `null` where there is no answer to a key. */
export function batched<Answer>(load: (keys: string[]) => Promise<Map<string, Answer>>): (key: string) => Promise<Answer | null> {
  let waiting: Map<string, Asked<Answer>[]> | null = null;

  async function flush(): Promise<void> {
    const asked = waiting ?? new Map<string, Asked<Answer>[]>();
    waiting = null;
    const keys = [...asked.keys()];
    for (let start = 0; start < keys.length; start += BATCH) {
      const part = keys.slice(start, start + BATCH);
      try {
        const found = await load(part);
        for (const key of part) asked.get(key)?.forEach(({ resolve }) => resolve(found.get(key) ?? null));
      } catch (error) {
        for (const key of part) asked.get(key)?.forEach(({ reject }) => reject(error));
      }
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      if (!waiting) {
        waiting = new Map();
        setTimeout(() => void flush(), WAIT_MS);
      }
      waiting.set(key, [...(waiting.get(key) ?? []), { resolve, reject }]);
    });
}
