import { Button, Group, PasswordInput, Radio, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconRefresh } from "@tabler/icons-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import type { SpecialInputProps } from "~/features/records/special";

/** Without what is easily mistaken for something else: it is read out, or copied from paper. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** 79 random bits, in groups. */
function generated(): string {
  const random = crypto.getRandomValues(new Uint32Array(16));
  const letters = Array.from(random, (one) => LETTERS[one % LETTERS.length]).join("");
  return letters.match(/.{4}/g)?.join("-") ?? letters;
}

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: React.ReactNode;
}

/** A password for somebody else: shown while it is written, since it will be passed on. */
export function InitialPassword({ value, onChange, error }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [visible, seen] = useDisclosure(true);
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <PasswordInput
        id={id}
        flex={1}
        label={t("user.initialPassword")}
        description={t("user.initialHint")}
        autoComplete="new-password"
        visible={visible}
        onVisibilityChange={seen.toggle}
        visibilityToggleButtonProps={{ "aria-label": t("entry.showPassword") }}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
      />
      <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => onChange(generated())} mb={error ? 22 : 0}>
        {t("user.generate")}
      </Button>
    </Group>
  );
}

/** In the form of a new user: an invitation afterwards, or a password now. */
export function InitialPasswordField({ value, onChange, error }: SpecialInputProps) {
  const { t } = useTranslation();
  const [given, setGiven] = useState(Boolean(value));
  const allowed = useMetadata().module("users")?.operations.includes("administer");
  if (!allowed || !onChange) return null;
  const choose = (way: string): void => {
    setGiven(way === "password");
    onChange(way === "password" ? generated() : "");
  };
  return (
    <Stack gap="sm">
      <Radio.Group label={t("user.firstLogIn")} value={given ? "password" : "invitation"} onChange={choose}>
        <Stack gap={6} mt={4}>
          <Radio value="invitation" label={t("user.byInvitation")} />
          <Radio value="password" label={t("user.byPassword")} />
        </Stack>
      </Radio.Group>
      {given && <InitialPassword value={typeof value === "string" ? value : ""} onChange={onChange} error={error} />}
    </Stack>
  );
}
