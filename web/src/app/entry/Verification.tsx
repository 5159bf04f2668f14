import { Alert, Anchor, Button, Group, PinInput, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { errorText } from "~/ui/errors";
import { begin, KNOWN, logInUnlessKnown, type Challenge } from "../session";
import { Entrance } from "./Entrance";
import classes from "./Entrance.module.css";

const SecondStepPage = lazy(() => import("./SecondStepPage").then((m) => ({ default: m.SecondStepPage })));

interface Props {
  signup: string;
  /** Where the code went. */
  contact: string;
  /** None after the page was loaded again: it is kept nowhere. */
  password?: string;
  /** The organization is there. */
  onVerified: () => void;
  /** Sends another code; absent where what was entered is not known any more. */
  onResend?: () => Promise<void>;
  onAgain: () => void;
}

/** The code from the e-mail or SMS; then the new administrator is logged in. */
export function Verification({ signup, contact, password, onVerified, onResend, onAgain }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [code, setCode] = useState("");
  const [challenge, setChallenge] = useState<Challenge>();
  const [failure, setFailure] = useState("");
  const [busy, setBusy] = useState(false);
  const resending = useMutation({
    mutationFn: async () => {
      setFailure("");
      await onResend?.();
    },
    onSuccess: () => setCode(""),
    onError: (error) => setFailure(errorText(error)),
  });
  const boxes = useRef<HTMLDivElement>(null);

  // The boxes take the focus again when they are open again, not before.
  useEffect(() => {
    if (failure && !busy) boxes.current?.querySelector("input")?.focus();
  }, [failure, busy]);

  const verify = async (entered: string): Promise<void> => {
    setBusy(true);
    setFailure("");
    try {
      const { organization_id } = await post<{ organization_id: string }>("/signup:verify", { signup_id: signup, code: entered });
      const second = password ? await logInUnlessKnown(contact, password, organization_id) : KNOWN;
      onVerified();
      if (second === KNOWN) await navigate({ to: "/login", search: { email: contact, organization: organization_id, told: "founded" } });
      else if (second) setChallenge(second);
      else await navigate({ to: "/" });
    } catch (error) {
      setFailure(errorText(error));
      setCode("");
      setBusy(false);
    }
  };

  if (challenge) {
    const again = () => navigate({ to: "/login" });
    return <SecondStepPage challenge={challenge} onDone={() => begin().then(() => navigate({ to: "/" }))} onAgain={() => void again()} />;
  }
  return (
    <Entrance title={t("entry.verifyTitle")} hint={t("entry.verifyHint", { email: contact })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (code.length === 6) void verify(code);
        }}
      >
        <Stack gap="lg">
          {failure && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{failure}</Alert>}
          <Group justify="center" ref={boxes}>
            <PinInput
              length={6}
              size="lg"
              gap={6}
              className={classes.code}
              type="number"
              oneTimeCode
              autoFocus
              disabled={busy}
              aria-label={t("entry.code")}
              value={code}
              onChange={setCode}
              onComplete={(entered) => void verify(entered)}
            />
          </Group>
          <Button type="submit" size="md" loading={busy} disabled={code.length < 6}>{t("entry.verify")}</Button>
          {onResend && (
            <Button variant="default" loading={resending.isPending} disabled={busy} onClick={() => resending.mutate()}>{t("entry.sendAgain")}</Button>
          )}
          {resending.isSuccess && !failure && <Text size="sm" ta="center" role="status">{t("entry.sentAgain", { email: contact })}</Text>}
          <Anchor component="button" type="button" size="sm" ta="center" onClick={onAgain}>{t("entry.codeAgain")}</Anchor>
        </Stack>
      </form>
    </Entrance>
  );
}
