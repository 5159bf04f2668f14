/** The session ended while somebody worked: the password, over the page, so that nothing typed is lost. */
import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { goOn, logOut, resume, useEnded, useSession, type Challenge } from "~/app/session";
import { errorText } from "~/ui/errors";

const SecondStep = lazy(() => import("../entry/SecondStep").then((m) => ({ default: m.SecondStep })));

export function SessionEnded() {
  const { t } = useTranslation();
  const ended = useEnded();
  return (
    <Modal
      opened={ended}
      onClose={() => undefined}
      title={t("session.over")}
      centered
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      overlayProps={{ blur: 6 }}
    >
      <Again />
    </Modal>
  );
}

function Again() {
  const { t } = useTranslation();
  const session = useSession();
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<Challenge>();
  const entering = useMutation({ mutationFn: () => resume(session, password), onSuccess: setStep });
  const leave = async (): Promise<void> => {
    await logOut();
    await navigate({ to: "/login", ignoreBlocker: true });
  };
  if (step) {
    return (
      <Suspense>
        <SecondStep challenge={step} onNext={setStep} onDone={goOn} onAgain={() => setStep(undefined)} />
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
        <Text size="sm">{t("session.overHint")}</Text>
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
          <Button variant="subtle" color="gray" onClick={() => void leave()}>{t("session.another")}</Button>
          <Button type="submit" loading={entering.isPending} disabled={!password}>{t("entry.logIn")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
