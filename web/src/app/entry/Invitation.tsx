import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, post } from "~/api/client";
import { ApiError } from "~/api/errors";
import { errorText } from "~/ui/errors";
import { begin, KNOWN, logInUnlessKnown, type Challenge } from "../session";
import { Entrance } from "./Entrance";
import { NewPassword } from "./NewPassword";
import { organizationOf } from "./profile";

const SecondStepPage = lazy(() => import("./SecondStepPage").then((m) => ({ default: m.SecondStepPage })));

interface Looked {
  organization_name: string;
  email: string;
}

/** Where the link of an invitation leads: choose a password, and be in. Who has a password already keeps it. */
export function Invitation() {
  const { t } = useTranslation();
  // Behind the #, so that it is in no log of any server on the way.
  const token = useRouterState({ select: (state) => state.location.hash });
  const organization = organizationOf(token);
  const navigate = useNavigate();
  const [challenge, setChallenge] = useState<Challenge>();
  const [failure, setFailure] = useState(token ? "" : t("entry.invitationBroken"));
  const looked = useQuery({
    queryKey: ["invitation", token],
    queryFn: ({ signal }) => api<Looked>("POST", "/invitations:lookUp", { body: { token }, signal }),
    enabled: token !== "",
    retry: false,
    staleTime: Infinity,
  });
  const ended = looked.error instanceof ApiError && looked.error.status < 500;
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
      const second = await logInUnlessKnown(email, password, organization);
      if (second === KNOWN) await navigate({ to: "/login", search: { email, organization, told: "joined" } });
      else if (second) setChallenge(second);
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
  const toLogIn = <Anchor renderRoot={(props) => <Link to="/login" search={{ organization }} {...props} />}>{t("entry.logIn")}</Anchor>;
  if (ended) {
    return (
      <Entrance organization={organization} title={t("entry.invitationTitle")} footer={<>{t("entry.haveAccount")} {toLogIn}</>}>
        <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(looked.error)}</Alert>
      </Entrance>
    );
  }
  return (
    <Entrance
      organization={organization}
      title={looked.data ? t("entry.invitationTo", { organization: looked.data.organization_name }) : t("entry.invitationTitle")}
      hint={looked.data ? t("entry.invitationFor", { email: looked.data.email }) : t("entry.invitationHint")}
    >
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
