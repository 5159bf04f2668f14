import { Badge, Group, Text } from "@mantine/core";
import { IconDeviceLaptop } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { OwnSession } from "~/api/types";
import classes from "~/features/admin/admin.module.css";
import { deviceName } from "~/ui/device";
import { useFormat } from "~/ui/useFormat";

/** A session: device, address, last use, and what may be done about it. */
export function SessionLine({ session, children }: { session: OwnSession; children?: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={classes.row}>
      <IconDeviceLaptop size={22} stroke={1.5} aria-hidden />
      <div style={{ flex: 1, minWidth: 0 }}>
        <Group gap="xs">
          <Text fw={600}>{deviceName(session.device) || t("session.unknown")}</Text>
          {session.current && <Badge variant="light" tt="none">{t("session.current")}</Badge>}
        </Group>
        <Text size="sm" c="dimmed">
          {[
            session.address,
            session.last_use_time && t("session.lastUse", { when: format.ago(session.last_use_time) }),
            session.expire_time && t("session.until", { when: format.dateTime(session.expire_time) }),
          ].filter(Boolean).join(" · ")}
        </Text>
      </div>
      {children}
    </div>
  );
}
