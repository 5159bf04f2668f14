import { ActionIcon, Avatar, Group, Menu, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconKey, IconLanguage, IconLogout, IconMoon, IconSun, IconSunMoon, IconUser } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { LOCALES, setLocale } from "~/app/i18n";
import { logOut, useSession } from "~/app/session";

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
  const { user, organization } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();

  const leave = async (): Promise<void> => {
    await logOut();
    await navigate({ to: "/login", ignoreBlocker: true });
  };

  return (
    <Group gap={4} wrap="nowrap">
      <LanguageMenu />
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
