import { SimpleGrid, Skeleton, Title } from "@mantine/core";
import { Suspense, useEffect, useRef } from "react";
import type { Field, Module } from "~/api/types";
import type { Section } from "~/app/metadata";
import { FieldInput } from "~/ui/fields/FieldInput";
import type { Draft } from "./draft";
import { applies, isWide, specialInput } from "./special";

interface Props {
  module: Module;
  sections: Section[];
  draft: Draft;
  errors: Record<string, string>;
  onChange: (name: string, value: unknown) => void;
}

/** The inputs of a form: in each section short ones side by side, long ones below. */
export function FormFields({ module, sections, draft, errors, onChange }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the keyboard would cover the form before anybody has seen it.
    if (window.matchMedia("(pointer: fine)").matches) box.current?.querySelector<HTMLElement>("input, textarea")?.focus();
  }, []);
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
      {sections.map(({ title, fields }, at) => {
        const asked = fields.filter((field) => applies(field, draft));
        const wide = asked.filter(isWide);
        return asked.length > 0 && (
          <section key={title ?? at} aria-label={title}>
            {title && <Title order={2} mb="sm" mt={at ? "xl" : 0}>{title}</Title>}
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm">{asked.filter((field) => !isWide(field)).map(input)}</SimpleGrid>
            {wide.length > 0 && <SimpleGrid cols={1} mt="sm" verticalSpacing="sm">{wide.map(input)}</SimpleGrid>}
          </section>
        );
      })}
    </div>
  );
}
