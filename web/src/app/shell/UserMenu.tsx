import { ActionIcon, Avatar, Button, Group, Menu, Modal, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { IconBuilding, IconCheck, IconKey, IconLanguage, IconLogout, IconMoon, IconSun, IconSunMoon, IconUser } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Membership } from "~/api/types";
import { LOCALES, setLocale } from "~/app/i18n";
import { logOut, useSession } from "~/app/session";
import { AskPassword } from "./AskPassword";

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("nav.language")}>
          <IconLanguage size={20} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {LOCALES.map(({ value, name }) => (
          <Menu.Item
            key={value}
            lang={value}
            onClick={() => void setLocale(value)}
            rightSection={i18n.language === value ? <IconCheck size={16} aria-label={t("state.selected")} /> : null}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const SCHEMES = [
  { value: "auto", icon: IconSunMoon, IconUser },
  { value: "light", icon: IconSun },
  { value: "dark", icon: IconMoon },
] as const;

export function UserMenu() {
  const { t } = useTranslation();
  const { user, organization, memberships } = useSession();
  const [target, setTarget] = useState<Membership>();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();

  const leave = async (): Promise<void> => {
    await logOut();
    await navigate({ to: "/login", ignoreBlocker: true });
  };

  const others = memberships.filter((one) => one.organization_id !== organization.id);

  return (
    <Group gap={4} wrap="nowrap">
      <LanguageMenu />
      <SwitchOrganization target={target} onClose={() => setTarget(undefined)} />
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <UnstyledButton style={{ borderRadius: "50%" }}>
            <Avatar name={user.name} color="initials" size={34} radius="xl" aria-hidden />
            <VisuallyHidden>{t("nav.userMenu", { name: user.name })}</VisuallyHidden>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>{user.name}</Text>
            <Text size="xs" truncate>{user.email}</Text>
            <Text size="xs" truncate>{organization.name}</Text>
          </Menu.Label>
          <Menu.Divider />
          <Menu.Item renderRoot={(props) => <Link to="/settings/account" {...props} />} leftSection={<IconUser size={16} />}>
            {t("profile.title")}
          </Menu.Item>
          <Menu.Item renderRoot={(props) => <Link to="/settings/tokens" {...props} />} leftSection={<IconKey size={16} />}>
            {t("settings.tokens")}
          </Menu.Item>
          {others.length > 0 && (
            <>
              <Menu.Divider />
              <Menu.Label>{t("nav.organizations")}</Menu.Label>
              {others.map((one) => (
                <Menu.Item key={one.organization_id} leftSection={<IconBuilding size={16} />} onClick={() => setTarget(one)}>
                  {one.organization_name}
                </Menu.Item>
              ))}
            </>
          )}
          <Menu.Divider />
          <Menu.Label>{t("nav.appearance")}</Menu.Label>
          {SCHEMES.map(({ value, icon: Sign }) => (
            <Menu.Item
              key={value}
              leftSection={<Sign size={16} />}
              onClick={() => setColorScheme(value)}
              rightSection={colorScheme === value ? <IconCheck size={16} aria-label={t("state.selected")} /> : null}
            >
              {t(`appearance.${value}`)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>
            {t("nav.logOut")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

/** Each organization has sessions of its own: the password opens one there, and this page is loaded anew in it. */
function SwitchOrganization({ target, onClose }: { target?: Membership; onClose: () => void }) {
  const { t } = useTranslation();
  const name = target?.organization_name ?? "";
  return (
    <Modal opened={target !== undefined} onClose={onClose} title={t("session.switchTo", { organization: name })} centered>
      <AskPassword
        organization={target?.organization_id ?? ""}
        hint={t("session.switchHint", { organization: name })}
        onDone={() => Promise.resolve(window.location.assign("/"))}
        other={<Button variant="subtle" color="gray" onClick={onClose}>{t("action.cancel")}</Button>}
      />
    </Modal>
  );
}
