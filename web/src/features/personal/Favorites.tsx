import { NavLink, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import { iconOf } from "~/app/shell/icons";
import classes from "~/app/shell/Shell.module.css";
import { useStars } from "./stars";

const SHOWN = 7;

/** The favourites, in the navigation. */
export function Favorites() {
  const { t } = useTranslation();
  const metadata = useMetadata();
  const stars = useStars().filter(({ module }) => metadata.module(module));
  if (stars.length === 0) return null;
  return (
    <div role="group" aria-label={t("stars.title")}>
      <Text className={classes.group} component="div" aria-hidden>{t("stars.title")}</Text>
      {stars.slice(0, SHOWN).map(({ module, record_id: id, title }) => {
        const Sign = iconOf(module, metadata.module(module)?.icon);
        return (
          <NavLink
            key={id}
            className={classes.link}
            renderRoot={(props) => <Link to="/$module/$id" params={{ module, id }} {...props} />}
            label={title || t("field.untitled")}
            leftSection={<Sign size={16} stroke={1.6} aria-hidden />}
            noWrap
          />
        );
      })}
    </div>
  );
}
