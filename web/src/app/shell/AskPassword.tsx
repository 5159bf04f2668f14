/** The password of who is here, and the second step where there is one, to enter an organization of theirs. */
import { Alert, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { enterAgain, useSession, type Challenge } from "~/app/session";
import { errorText } from "~/ui/errors";

const SecondStep = lazy(() => import("../entry/SecondStep").then((m) => ({ default: m.SecondStep })));

interface Props {
  /** Id of the one to enter. */
  organization: string;
  hint: string;
  /** The session is there. */
  onDone: () => Promise<void>;
  /** What else there is to do, beside the button. */
  other: ReactNode;
}

export function AskPassword({ organization, hint, onDone, other }: Props) {
  const { t } = useTranslation();
  const session = useSession();
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<Challenge>();
  const entering = useMutation({
    mutationFn: () => enterAgain(session, organization, password),
    onSuccess: (next) => (next ? setStep(next) : onDone()),
  });
  if (step) {
    return (
      <Suspense>
        <SecondStep challenge={step} onNext={setStep} onDone={onDone} onAgain={() => setStep(undefined)} />
      </Suspense>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (password) entering.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{hint}</Text>
        {entering.isError && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(entering.error)}</Alert>}
        <input type="hidden" autoComplete="username" value={session.user.email} readOnly />
        <PasswordInput
          label={t("session.passwordOf", { email: session.user.email })}
          autoComplete="current-password"
          data-autofocus
          visibilityToggleButtonProps={{ "aria-label": t("entry.showPassword") }}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Group justify="space-between">
          {other}
          <Button type="submit" loading={entering.isPending} disabled={!password}>{t("entry.logIn")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
