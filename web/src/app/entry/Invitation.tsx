import { Alert, Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle } from "@tabler/icons-react";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { errorText } from "~/ui/errors";
import { begin, logIn, type Challenge } from "../session";
import { Entrance } from "./Entrance";
import { NewPassword } from "./NewPassword";
import { organizationOf } from "./profile";

const SecondStepPage = lazy(() => import("./SecondStepPage").then((m) => ({ default: m.SecondStepPage })));

/** Where the link of an invitation leads: choose a password, and be in. */
export function Invitation() {
  const { t } = useTranslation();
  // Behind the #, so that it is in no log of any server on the way.
  const token = useRouterState({ select: (state) => state.location.hash });
  const navigate = useNavigate();
  const [challenge, setChallenge] = useState<Challenge>();
  const [failure, setFailure] = useState(token ? "" : t("entry.invitationBroken"));
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { password: "" },
    validate: { password: (value) => (value.length >= 8 ? null : t("entry.passwordHint")) },
  });

  const accept = async ({ password }: { password: string }): Promise<void> => {
    setBusy(true);
    setFailure("");
    try {
      const { email } = await post<{ email: string }>("/invitations:accept", { token, password });
      const second = await logIn(email, password);
      if (second) setChallenge(second);
      else await navigate({ to: "/" });
    } catch (error) {
      setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  if (challenge) {
    const again = () => navigate({ to: "/login" });
    return <SecondStepPage challenge={challenge} onDone={() => begin().then(() => navigate({ to: "/" }))} onAgain={() => void again()} />;
  }
  return (
    <Entrance organization={organizationOf(token)} title={t("entry.invitationTitle")} hint={t("entry.invitationHint")}>
      <form onSubmit={form.onSubmit((values) => void accept(values))} noValidate>
        <Stack>
          {failure && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{failure}</Alert>}
          <NewPassword size="md" {...form.getInputProps("password")} />
          <Button type="submit" size="md" loading={busy} disabled={!token}>{t("entry.accept")}</Button>
        </Stack>
      </form>
    </Entrance>
  );
}
