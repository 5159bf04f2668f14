import { useTranslation } from "react-i18next";
import classes from "./imports.module.css";

const STEPS = ["file", "mapping", "check", "report"] as const;

/** Where one is in the wizard. */
export function Steps({ active }: { active: number }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.steps} aria-label={t("import.steps")}>
      {STEPS.map((step, index) => (
        <li key={step} data-state={index < active ? "done" : index === active ? "active" : "ahead"} aria-current={index === active ? "step" : undefined}>
          <span className={classes.number}>{index + 1}</span>
          <span className={classes.step}>{t(`import.step.${step}`)}</span>
        </li>
      ))}
    </ol>
  );
}
