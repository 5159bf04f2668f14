import { Alert, Anchor, Button, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { errorText } from "~/ui/errors";
import { CodeInput } from "~/ui/factor/CodeInput";
import { RecoveryCodes } from "~/ui/factor/RecoveryCodes";
import { SecretPanel, type Secret } from "~/ui/factor/SecretPanel";
import { verify, type Challenge } from "../session";
import { ChoosePassword } from "./ChoosePassword";

export interface SecondStepProps {
  challenge: Challenge;
  /** There is another step after this one. */
  onNext: (challenge: Challenge) => void;
  /** The new session is there. */
  onDone: () => Promise<void>;
  /** Back to the password. */
  onAgain: () => void;
}

/** What log-in asks for beside the password: another in place of one that was set by an administrator, or a code. */
export function SecondStep(props: SecondStepProps) {
  return props.challenge.choose ? <ChoosePassword {...props} choose={props.challenge.choose} /> : <Code {...props} />;
}

/** A code of the app or a recovery code; or the enrolment that the organization demands. */
function Code({ challenge, onDone, onAgain }: SecondStepProps) {
  const { t } = useTranslation();
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState("");
  const secret = useQuery({
    queryKey: ["enrolment", challenge.challenge],
    queryFn: () => post<Secret>("/sessions:enroll", { challenge: challenge.challenge }),
    enabled: challenge.enroll,
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  const verifying = useMutation({
    mutationFn: () => verify(challenge, code),
    onSuccess: (codes) => (codes.length ? undefined : onDone()),
    onError: () => setCode(""),
  });
  const failure = verifying.error ?? secret.error;
  if (verifying.data?.length) return <RecoveryCodes codes={verifying.data} onKept={() => void onDone()} />;

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (code.trim()) verifying.mutate();
      }}
    >
      <Stack>
        {failure && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(failure)}</Alert>}
        <Text size="sm">{t(challenge.enroll ? "factor.demanded" : recovery ? "factor.recoveryHint" : "factor.hint")}</Text>
        {challenge.enroll && (secret.data ? <SecretPanel secret={secret.data} /> : secret.isPending && <Skeleton height={200} />)}
        <CodeInput key={String(recovery)} recovery={recovery} value={code} onChange={setCode} />
        <Button type="submit" size="md" loading={verifying.isPending} disabled={!code.trim()} fullWidth>{t("entry.verify")}</Button>
        {!challenge.enroll && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            ta="center"
            onClick={() => {
              setCode("");
              setRecovery(!recovery);
            }}
          >
            {t(recovery ? "factor.useApp" : "factor.useRecovery")}
          </Anchor>
        )}
        <Anchor component="button" type="button" size="sm" ta="center" onClick={onAgain}>{t("factor.again")}</Anchor>
      </Stack>
    </form>
  );
}
