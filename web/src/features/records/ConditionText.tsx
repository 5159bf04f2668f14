/** A condition in words: "Industry is any of Medical, Retail". */
import { useTranslation } from "react-i18next";
import type { Field } from "~/api/types";
import { choiceOf } from "~/ui/format";
import { useFormat, useLabel } from "~/ui/useFormat";
import type { Condition } from "./filter";
import { useTitle } from "./titles";

export function ConditionText({ field, condition }: { field: Field; condition: Condition }) {
  const { t } = useTranslation();
  const label = useLabel();
  const values = condition.v.filter(Boolean);
  return (
    <>
      <b>{label(field.label)}</b> {t(`filter.op.${condition.o}`)}{" "}
      {values.map((value, index) => (
        <span key={value}>
          {index > 0 && (condition.o === "between" ? " – " : ", ")}
          <ValueText field={field} value={value} />
        </span>
      ))}
      {(condition.o === "last" || condition.o === "next") && ` ${t("filter.days")}`}
    </>
  );
}

function ValueText({ field, value }: { field: Field; value: string }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  if (value === "me()") return <>{t("filter.me")}</>;
  if (field.kind === "reference" || field.kind === "references") return <ReferenceText type={field.reference} id={value} />;
  const choice = choiceOf(field.choices, value);
  if (choice) return <>{label(choice.label)}</>;
  if (field.kind === "date" || field.kind === "time") return <>{/^\d{4}-/.test(value) ? format.date(value) : value}</>;
  if (field.kind === "money") return <>{format.money(value)}</>;
  return <>{value}</>;
}

function ReferenceText({ type, id }: { type: string; id: string }) {
  const { t } = useTranslation();
  const title = useTitle(type, id);
  return <>{title === undefined ? "…" : (title?.text ?? t("field.hidden"))}</>;
}
