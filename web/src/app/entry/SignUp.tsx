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

function suggestions(): SignUpValues {
  const zone = suggestedTimeZone();
  return {
    organization_name: "", name: "", email: "", phone: "", password: "",
    time_zone: zone, currency: suggestedCurrency(navigator.language, zone),
  };
}

export function SignUp() {
  const { t, i18n } = useTranslation();
  const [signup, setSignup] = useState("");
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

  const submit = async (values: SignUpValues): Promise<void> => {
    setBusy(true);
    setFailure("");
    try {
      const answer = await post<{ signup_id: string }>("/signup", {
        ...values,
        email: byPhone ? "" : values.email.trim(),
        phone: byPhone ? values.phone.trim() : "",
        language: languageOf(currentLocale()),
      });
      setSignup(answer.signup_id);
    } catch (error) {
      const violations = error instanceof ApiError ? error.violations : [];
      form.setErrors(Object.fromEntries(violations.map(({ field, description }) => [field, description])));
      if (!violations.some(({ field }) => field in values)) setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  if (signup) {
    const contact = (byPhone ? form.values.phone : form.values.email).trim();
    return <Verification signup={signup} contact={contact} password={form.values.password} onAgain={() => setSignup("")} />;
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
