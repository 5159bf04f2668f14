import { useMetadata } from "~/app/metadata";
import { useLabel } from "~/ui/useFormat";

/** What a module's records are called; the module's name where the reader may not view it. */
export function useCalled(): (module: string) => string {
  const label = useLabel();
  const metadata = useMetadata();
  return (name) => {
    const module = metadata.module(name);
    return module ? label(module.plural) : name;
  };
}
