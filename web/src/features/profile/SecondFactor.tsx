/** The caller's own second factor: enrol, replace, remove, new recovery codes. */
import { Alert, Badge, Button, Group, Modal, PasswordInput, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get, post } from "~/api/client";
import { errorText, showDone } from "~/ui/errors";
import { CodeInput } from "~/ui/factor/CodeInput";
import { RecoveryCodes } from "~/ui/factor/RecoveryCodes";
import { SecretPanel, type Secret } from "~/ui/factor/SecretPanel";
import { useFormat } from "~/ui/useFormat";
import classes from "~/features/admin/admin.module.css";

interface State {
  enrolled?: boolean;
  enroll_time?: string;
  recovery_codes_left?: number;
  required?: boolean;
}

type Task = "enroll" | "remove" | "codes";

const FEW = 3;

export function SecondFactor() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [task, setTask] = useState<Task>();
  const { data } = useQuery({
    queryKey: ["second_factor"],
    queryFn: ({ signal }) => get<State>("/second_factor", {}, signal),
  });
  const close = (): void => {
    setTask(undefined);
    void client.invalidateQueries({ queryKey: ["second_factor"] });
    void client.invalidateQueries({ queryKey: ["sessions"] });
  };
  if (!data) return <Skeleton height={90} />;
  const left = data.recovery_codes_left ?? 0;
  return (
    <section aria-labelledby="second-factor" className={classes.panel}>
      <Stack gap="sm">
        <Group gap="xs">
          <Title order={2} id="second-factor">{t("factor.title")}</Title>
          <Badge variant="light" tt="none" color={data.enrolled ? "jade" : "gray"}>{t(data.enrolled ? "factor.on" : "factor.off")}</Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {data.enrolled && data.enroll_time ? t("factor.since", { when: format.dateTime(data.enroll_time), left: String(left) }) : t("factor.about")}
        </Text>
        {data.enrolled && left < FEW && <Alert color="yellow">{t("factor.fewCodes")}</Alert>}
        {data.required && <Text size="sm">{t("factor.required")}</Text>}
        <Group>
          <Button variant={data.enrolled ? "default" : "filled"} onClick={() => setTask("enroll")}>{t(data.enrolled ? "factor.replace" : "factor.enroll")}</Button>
          {data.enrolled && <Button variant="default" onClick={() => setTask("codes")}>{t("factor.newCodes")}</Button>}
          {data.enrolled && !data.required && <Button variant="default" onClick={() => setTask("remove")}>{t("factor.remove")}</Button>}
        </Group>
      </Stack>
      <Modal
        opened={task !== undefined}
        onClose={close}
        title={t(task === "remove" ? "factor.remove" : task === "codes" ? "factor.newCodes" : data.enrolled ? "factor.replace" : "factor.enroll")}
        centered
        closeOnClickOutside={false}
        closeButtonProps={{ "aria-label": t("action.close") }}
      >
        {task && <Doing task={task} enrolled={data.enrolled ?? false} onDone={close} />}
      </Modal>
    </section>
  );
}

const PATHS: Record<Task, string> = { enroll: "/second_factor", remove: "/second_factor:remove", codes: "/second_factor:renewCodes" };

/** What a task answers: a secret to confirm, recovery codes, or nothing. */
type Made = Partial<Secret> & { recovery_codes?: string[] };

function Doing({ task, enrolled, onDone }: { task: Task; enrolled: boolean; onDone: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const doing = useMutation({
    mutationFn: () => post<Made | undefined>(PATHS[task], { password, ...(enrolled ? { code } : {}) }),
    onSuccess: () => {
      setCode("");
      if (task !== "remove") return;
      showDone(t("factor.removed"));
      onDone();
    },
    onError: () => setCode(""),
  });
  if (doing.data?.recovery_codes) return <RecoveryCodes codes={doing.data.recovery_codes} onKept={onDone} />;
  if (doing.data?.secret && doing.data.uri) return <Confirming secret={{ secret: doing.data.secret, uri: doing.data.uri }} onDone={onDone} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        doing.mutate();
      }}
    >
      <Stack>
        {doing.isError && <Alert color="red" role="alert">{errorText(doing.error)}</Alert>}
        <PasswordInput
          label={t("entry.password")}
          autoComplete="current-password"
          data-autofocus
          visibilityToggleButtonProps={{ "aria-label": t("entry.showPassword") }}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {enrolled && <CodeInput either value={code} onChange={setCode} />}
        <Button type="submit" loading={doing.isPending} disabled={!password || (enrolled && !code.trim())}>{t("entry.continue")}</Button>
      </Stack>
    </form>
  );
}

function Confirming({ secret, onDone }: { secret: Secret; onDone: () => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const confirming = useMutation({
    mutationFn: () => post<{ recovery_codes: string[] }>("/second_factor:confirm", { code }),
    onError: () => setCode(""),
  });
  if (confirming.data) return <RecoveryCodes codes={confirming.data.recovery_codes} onKept={onDone} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        confirming.mutate();
      }}
    >
      <Stack>
        {confirming.isError && <Alert color="red" role="alert">{errorText(confirming.error)}</Alert>}
        <SecretPanel secret={secret} />
        <CodeInput value={code} onChange={setCode} />
        <Button type="submit" loading={confirming.isPending} disabled={!code.trim()}>{t("factor.confirm")}</Button>
      </Stack>
    </form>
  );
}
