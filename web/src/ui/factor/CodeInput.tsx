import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  value: string;
  onChange: (value: string) => void;
  recovery?: boolean;
  /** Both kinds are taken. */
  either?: boolean;
}

/** Six digits of an app; or a recovery code, which phones must not take for a number. */
export function CodeInput({ value, onChange, recovery = false, either = false }: Props) {
  const { t } = useTranslation();
  const digits = !recovery && !either;
  return (
    <TextInput
      label={t(recovery ? "factor.recoveryCode" : "factor.code")}
      description={either ? t("factor.either") : undefined}
      size="md"
      autoFocus={!either}
      data-autofocus={!either || undefined}
      autoComplete={digits ? "one-time-code" : "off"}
      inputMode={digits ? "numeric" : "text"}
      spellCheck={false}
      maxLength={40}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
