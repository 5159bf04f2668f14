import { IconChevronLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "~/features/records/RecordPage.module.css";

export function SettingsLink() {
  const { t } = useTranslation();
  return (
    <Link className={classes.back} to="/settings">
      <IconChevronLeft size={16} aria-hidden />
      {t("nav.settings")}
    </Link>
  );
}
