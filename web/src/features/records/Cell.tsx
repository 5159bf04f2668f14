/** A field's value in a list, and what its module says beside it. */
import { Suspense } from "react";
import type { Field, Module, Rec } from "~/api/types";
import { FieldValue } from "~/ui/fields/FieldValue";
import { valueOf } from "./api";
import { specialCell } from "./special";

export function Cell({ module, field, record }: { module: Module; field: Field; record: Rec }) {
  const Beside = specialCell(module, field);
  return (
    <>
      <FieldValue field={field} value={valueOf(record, field)} compact />
      {Beside && <Suspense><Beside field={field} record={record} /></Suspense>}
    </>
  );
}
