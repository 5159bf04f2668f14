import { useForm } from "@mantine/form";
import { Alert, Anchor, Button, Input, PasswordInput, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { ApiError } from "~/api/errors";
import { errorText } from "~/ui/errors";
import { currencyOptions, suggestedCurrency, suggestedTimeZone, timeZoneOptions } from "~/ui/regional";
import { currentLocale, languageOf, setLocale, toLocale } from "../i18n";
import { looksLikeEmail, looksLikeNumber, useContact } from "./contact";
import { Entrance } from "./Entrance";
import { Verification } from "./Verification";

export interface SignUpValues {
  organization_name: string;
  name: string;
  email: string;
  phone: string;
  password: string;
  time_zone: string;
  currency: string;
}

interface Begun {
  signup: string;
  /** Where the code went. */
  contact: string;
}

/** A sign-up that waits for its code outlives the page being loaded again, without the password. */
const STORED = "guanxi.signup";

function begunBefore(): Begun | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
    return isBegun(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function isBegun(value: unknown): value is Begun {
  return typeof value === "object" && value !== null && "signup" in value && "contact" in value
    && typeof value.signup === "string" && typeof value.contact === "string";
}

function keepBegun(begun: Begun): Begun {
  sessionStorage.setItem(STORED, JSON.stringify(begun));
  return begun;
}

function forgetBegun(): void {
  sessionStorage.removeItem(STORED);
}

function suggestions(): SignUpValues {
  const zone = suggestedTimeZone();
  return {
    organization_name: "", name: "", email: "", phone: "", password: "",
    time_zone: zone, currency: suggestedCurrency(navigator.language, zone),
  };
}

export function SignUp() {
  const { t, i18n } = useTranslation();
  const [begun, setBegun] = useState(begunBefore);
  const [failure, setFailure] = useState("");
  const [busy, setBusy] = useState(false);
  const needed = (value: string): string | null => (value.trim() ? null : t("form.required"));
  const { numbers } = useContact();
  const [by, setBy] = useState("email");
  const byPhone = numbers && by === "phone";
  const form = useForm<SignUpValues>({
    initialValues: suggestions(),
    validate: {
      organization_name: needed,
      name: needed,
      email: (value) => (byPhone || looksLikeEmail(value) ? null : t("entry.emailNeeded")),
      phone: (value) => (!byPhone || looksLikeNumber(value) ? null : t("entry.phoneNeeded")),
      password: (value) => (value.length >= 8 ? null : t("entry.passwordHint")),
    },
  });
  const zones = useMemo(() => timeZoneOptions(), []);
  const currencies = useMemo(() => currencyOptions(i18n.language), [i18n.language]);

  const send = async (values: SignUpValues): Promise<void> => {
    const email = byPhone ? "" : values.email.trim();
    const phone = byPhone ? values.phone.trim() : "";
    const answer = await post<{ signup_id: string }>("/signup", { ...values, email, phone, language: languageOf(currentLocale()) });
    setBegun(keepBegun({ signup: answer.signup_id, contact: email || phone }));
  };
  const submit = async (values: SignUpValues): Promise<void> => {
    setBusy(true);
    setFailure("");
    try {
      await send(values);
    } catch (error) {
      const violations = error instanceof ApiError ? error.violations : [];
      form.setErrors(Object.fromEntries(violations.map(({ field, description }) => [field, description])));
      if (!violations.some(({ field }) => field in values)) setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  if (begun) {
    const { password } = form.values;
    return (
      <Verification
        {...begun}
        password={password}
        onVerified={forgetBegun}
        onResend={password ? () => send(form.values) : undefined}
        onAgain={() => {
          forgetBegun();
          setBegun(undefined);
        }}
      />
    );
  }

  return (
    <Entrance
      title={t("entry.signUpTitle")}
      hint={t("entry.signUpHint")}
      footer={<>{t("entry.haveAccount")} <Anchor renderRoot={(props) => <Link to="/login" {...props} />}>{t("entry.logIn")}</Anchor></>}
    >
      <form onSubmit={form.onSubmit((values) => void submit(values))} noValidate>
        <Stack gap="sm">
          {failure && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{failure}</Alert>}
          <TextInput label={t("entry.organization")} autoComplete="organization" withAsterisk {...form.getInputProps("organization_name")} />
          <TextInput label={t("entry.name")} autoComplete="name" withAsterisk {...form.getInputProps("name")} />
          {numbers && (
            <SegmentedControl
              fullWidth
              aria-label={t("entry.by")}
              data={[{ value: "email", label: t("entry.byEmail") }, { value: "phone", label: t("entry.byPhone") }]}
              value={by}
              onChange={setBy}
            />
          )}
          {byPhone ? (
            <TextInput label={t("entry.phone")} type="tel" autoComplete="tel" withAsterisk {...form.getInputProps("phone")} />
          ) : (
            <TextInput label={t("entry.workEmail")} type="email" autoComplete="email" withAsterisk {...form.getInputProps("email")} />
          )}
          <PasswordInput
            label={t("entry.password")}
            description={t("entry.passwordHint")}
            autoComplete="new-password"
            withAsterisk
            visibilityToggleButtonProps={{ "aria-label": t("entry.showPassword") }}
            {...form.getInputProps("password")}
          />
          <Input.Wrapper label={t("entry.language")} labelElement="div" labelProps={{ id: "signup-language", mb: 4 }}>
            <SegmentedControl
              fullWidth
              aria-labelledby="signup-language"
              data={[{ value: "zh", label: "简体中文" }, { value: "en", label: "English" }]}
              value={languageOf(i18n.language)}
              onChange={(value) => void setLocale(toLocale(value))}
            />
          </Input.Wrapper>
          <Select label={t("entry.timeZone")} data={zones} searchable allowDeselect={false} limit={50} nothingFoundMessage={t("field.noMatch")} {...form.getInputProps("time_zone")} />
          <Select label={t("entry.currency")} data={currencies} searchable allowDeselect={false} limit={50} nothingFoundMessage={t("field.noMatch")} {...form.getInputProps("currency")} />
          <Button type="submit" size="md" loading={busy} fullWidth mt="xs">{t("entry.continue")}</Button>
        </Stack>
      </form>
    </Entrance>
  );
}
