import { Fragment, Suspense } from "react";
import type { Field, Module, Rec } from "~/api/types";
import { sectionsOf } from "~/app/metadata";
import { ExternalIds, FieldValue } from "~/ui/fields/FieldValue";
import { useLabel } from "~/ui/useFormat";
import { useTranslation } from "react-i18next";
import { isEmpty, valueOf } from "./api";
import classes from "./RecordPage.module.css";
import { applies, isWide, shownFields, specialInput } from "./special";

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
  const fields = (chosen ?? shownFields(module).filter((field) => field.name !== module.title_field))
    .filter((field) => applies(field, record));
  const value = (field: Field) => {
    const Special = specialInput(module, field);
    return Special
      ? <Suspense><Special field={field} value={valueOf(record, field)} draft={record} /></Suspense>
      : <FieldValue field={field} value={valueOf(record, field)} />;
  };
  return (
    <dl className={classes.fields}>
      {sectionsOf(fields, label).map(({ title, fields: inside }, index) => (
        <Fragment key={index}>
          {title && <div className={classes.section}>{title}</div>}
          {[...inside.filter((field) => !isWide(field)), ...inside.filter(isWide)].map((field) => (
            <div key={field.name} className={classes.field} data-wide={isWide(field) || undefined} data-stacked={field.kind === "object" || undefined}>
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
  );
}
