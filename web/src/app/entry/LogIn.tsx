import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle, IconCheck } from "@tabler/icons-react";
import { Link, useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "~/ui/errors";
import { begin, logIn, type Challenge } from "../session";
import { useContact } from "./contact";
import { Entrance } from "./Entrance";
import { lastOrganization } from "./profile";

const SecondStepPage = lazy(() => import("./SecondStepPage").then((m) => ({ default: m.SecondStepPage })));

export function LogIn() {
  const { t } = useTranslation();
  const { next, email, organization, told } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const router = useRouter();
  const [failure, setFailure] = useState("");
  const [challenge, setChallenge] = useState<Challenge>();
  const [busy, setBusy] = useState(false);
  const contact = useContact();
  const form = useForm({
    initialValues: { email: email ?? "", password: "" },
    validate: {
      email: contact.validate,
      password: (value) => (value ? null : t("form.required")),
    },
  });

  const inside = async (): Promise<void> => {
    if (next) router.history.push(next);
    else await navigate({ to: "/" });
  };
  const submit = async (values: typeof form.values): Promise<void> => {
    setBusy(true);
    setFailure("");
    try {
      const second = await logIn(values.email.trim(), values.password, organization);
      if (second) setChallenge(second);
      else await inside();
    } catch (error) {
      setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  if (challenge) {
    const done = () => begin().then(inside);
    return <SecondStepPage challenge={challenge} onDone={done} onAgain={() => setChallenge(undefined)} />;
  }
  return (
    <Entrance
      organization={organization ?? lastOrganization()}
      title={t("entry.logIn")}
      footer={<>{t("entry.noAccount")} <Anchor renderRoot={(props) => <Link to="/signup" {...props} />}>{t("entry.signUp")}</Anchor></>}
    >
      <form onSubmit={form.onSubmit((values) => void submit(values))} noValidate>
        <Stack>
          {told && !failure && <Alert color="jade" icon={<IconCheck size={18} />} role="status">{t(`entry.told.${told}`)}</Alert>}
          {failure && (
            <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{failure}</Alert>
          )}
          <TextInput
            label={contact.label}
            type={contact.type}
            autoComplete="username"
            inputMode={contact.inputMode}
            size="md"
            data-autofocus
            {...form.getInputProps("email")}
          />
          <PasswordInput
            label={t("entry.password")}
            autoComplete="current-password"
            size="md"
            visibilityToggleButtonProps={{ "aria-label": t("entry.showPassword") }}
            {...form.getInputProps("password")}
          />
          <Button type="submit" size="md" loading={busy} fullWidth>{t("entry.logIn")}</Button>
          <Anchor size="sm" ta="center" renderRoot={(props) => <Link to="/forgot" search={{ email: form.values.email.trim() || undefined }} {...props} />}>
            {t("entry.forgot")}
          </Anchor>
        </Stack>
      </form>
    </Entrance>
  );
}
