/** Picks a record by name: its value is the name, as files have it. */
import { Autocomplete } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMetadata } from "~/app/metadata";
import { listRecords, titleOf } from "~/features/records/api";
import { quote } from "~/features/records/filter";

interface Props {
  type: string;
  value: string;
  onChange: (value: string) => void;
  "aria-label": string;
  w?: number;
  size?: string;
}

export function ReferenceNameInput({ type, value, onChange, ...rest }: Props) {
  const module = useMetadata().ofType(type);
  const [touched, setTouched] = useState(false);
  const [words] = useDebouncedValue(touched ? value.trim() : "", 200);
  const { data } = useQuery({
    queryKey: ["records", module?.name, "names", words],
    queryFn: async ({ signal }) => {
      if (!module) return [];
      const page = await listRecords(module.name, { filter: words ? `search(${quote(words)})` : "", size: 20 }, signal);
      return [...new Set(page.records.map((record) => titleOf(record, module)))];
    },
    enabled: Boolean(module),
  });
  return (
    <Autocomplete
      {...rest}
      data={data ?? []}
      value={value}
      filter={({ options }) => options}
      onChange={(name) => {
        setTouched(true);
        onChange(name);
      }}
    />
  );
}
