import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The input of a password that is yet to be; how long it must be at least, the server may say otherwise. */
export function NewPassword(props: PasswordInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t("entry.newPassword")}
      description={t("entry.passwordHint")}
      autoComplete="new-password"
      visibilityToggleButtonProps={{ "aria-label": t("entry.showPassword") }}
      {...props}
    />
  );
}
