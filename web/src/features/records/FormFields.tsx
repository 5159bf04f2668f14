import { SimpleGrid, Skeleton } from "@mantine/core";
import { Suspense, useEffect, useRef } from "react";
import type { Field, Module } from "~/api/types";
import { FieldInput } from "~/ui/fields/FieldInput";
import type { Draft } from "./draft";
import { isWide, specialInput } from "./special";

interface Props {
  module: Module;
  fields: Field[];
  draft: Draft;
  errors: Record<string, string>;
  onChange: (name: string, value: unknown) => void;
}

/** The inputs of a form: short ones side by side, long ones below. */
export function FormFields({ module, fields, draft, errors, onChange }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the keyboard would cover the form before anybody has seen it.
    if (window.matchMedia("(pointer: fine)").matches) box.current?.querySelector<HTMLElement>("input, textarea")?.focus();
  }, []);
  const short = fields.filter((field) => !isWide(field));
  const wide = fields.filter(isWide);
  const input = (field: Field) => {
    const Special = specialInput(module, field);
    const common = {
      field,
      value: draft[field.name],
      onChange: (value: unknown) => onChange(field.name, value),
      error: errors[field.name],
    };
    return (
      <div key={field.name} data-field={field.name}>
        {Special
          ? <Suspense fallback={<Skeleton height={60} />}><Special {...common} draft={draft} /></Suspense>
          : <FieldInput {...common} />}
      </div>
    );
  };
  return (
    <div ref={box}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm">{short.map(input)}</SimpleGrid>
      {wide.length > 0 && <SimpleGrid cols={1} mt="sm" verticalSpacing="sm">{wide.map(input)}</SimpleGrid>}
    </div>
  );
}
