import { Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "~/ui/useFormat";

interface Props {
  token: { name?: string; expire_time?: string; last_use_time?: string };
  children?: ReactNode;
}

/** What an API token is called, when it ends and when it was used last; and below it what more there is to say. */
export function TokenFacts({ token, children }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <IconKey size={22} stroke={1.5} aria-hidden />
      <div style={{ flex: 1, minWidth: 0 }}>
        <Text fw={600}>{token.name}</Text>
        <Text size="sm" c="dimmed">
          {[
            token.expire_time && t("token.expires", { when: format.dateTime(token.expire_time) }),
            token.last_use_time ? t("session.lastUse", { when: format.ago(token.last_use_time) }) : t("token.neverUsed"),
          ].filter(Boolean).join(" · ")}
        </Text>
        {children}
      </div>
    </>
  );
}
