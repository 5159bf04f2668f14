import { Button } from "@mantine/core";
import { Fragment, Suspense, useState } from "react";
import type { Field, Module, Rec } from "~/api/types";
import { sectionsOf } from "~/app/metadata";
import { ExternalIds, FieldValue } from "~/ui/fields/FieldValue";
import { useLabel } from "~/ui/useFormat";
import { useTranslation } from "react-i18next";
import { isEmpty, valueOf } from "./api";
import classes from "./RecordPage.module.css";
import { applies, isWide, shownFields, specialInput } from "./special";

/** Empty fields are left out where there are so many; they are shown on demand. */
const FEW = 4;

interface Props {
  module: Module;
  record: Rec;
  /** Instead of all but the title. */
  fields?: Field[];
}

/** The fields of a record as label and value: short ones in two columns, long ones below. */
export function FieldList({ module, record, fields: chosen }: Props) {
  const { t } = useTranslation();
  const label = useLabel();
  const [whole, setWhole] = useState(false);
  const known = (chosen ?? shownFields(module).filter((field) => field.name !== module.title_field))
    .filter((field) => applies(field, record));
  const filled = known.filter((field) => !isEmpty(valueOf(record, field)));
  const empty = known.length - filled.length;
  const fields = chosen || whole || empty < FEW ? known : filled;
  const value = (field: Field) => {
    const Special = specialInput(module, field);
    return Special
      ? <Suspense><Special field={field} value={valueOf(record, field)} draft={record} /></Suspense>
      : <FieldValue field={field} value={valueOf(record, field)} />;
  };
  return (
    <>
      <dl className={classes.fields}>
        {sectionsOf(fields, label).map(({ title, fields: inside }, index) => (
          <Fragment key={index}>
            {title && <div className={classes.section}>{title}</div>}
            {[...inside.filter((field) => !isWide(field)), ...inside.filter(isWide)].map((field) => (
              <div key={field.name} className={classes.field} data-wide={isWide(field) || undefined} data-stacked={field.kind === "object" || (field.kind === "lines" && specialInput(module, field) !== undefined) || undefined}>
                <dt>{label(field.label)}</dt>
                <dd>{value(field)}</dd>
              </div>
            ))}
          </Fragment>
        ))}
        {!isEmpty(record.external_ids) && Object.keys(record.external_ids ?? {}).length > 0 && (
          <div className={classes.field} data-wide>
            <dt>{t("record.externalIds")}</dt>
            <dd><ExternalIds value={record.external_ids ?? {}} /></dd>
          </div>
        )}
      </dl>
      {fields !== known && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setWhole(true)}>{t("record.showEmpty", { count: empty })}</Button>
      )}
    </>
  );
}
