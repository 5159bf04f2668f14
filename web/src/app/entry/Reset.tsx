import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { errorText, showDone } from "~/ui/errors";
import { Entrance } from "./Entrance";
import { NewPassword } from "./NewPassword";

/** Where the link of a reset leads: choose another password, then log in with it. */
export function Reset() {
  const { t } = useTranslation();
  // Behind the #, so that it is in no log of any server on the way.
  const token = useRouterState({ select: (state) => state.location.hash });
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { password: "" },
    validate: { password: (value) => (value.length >= 8 ? null : t("entry.passwordHint")) },
  });
  const resetting = useMutation({
    mutationFn: (password: string) => post("/passwords:reset", { token, password }),
    onSuccess: async () => {
      showDone(t("password.changed"));
      await navigate({ to: "/login" });
    },
  });
  const failure = token ? resetting.isError && errorText(resetting.error) : t("entry.resetBroken");

  return (
    <Entrance
      title={t("entry.resetTitle")}
      hint={t("entry.resetHint")}
      footer={<Anchor renderRoot={(props) => <Link to="/forgot" {...props} />}>{t("entry.resetAgain")}</Anchor>}
    >
      <form onSubmit={form.onSubmit((values) => resetting.mutate(values.password))} noValidate>
        <Stack>
          {failure && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{failure}</Alert>}
          <NewPassword size="md" {...form.getInputProps("password")} />
          <Button type="submit" size="md" loading={resetting.isPending} disabled={!token}>{t("entry.resetDo")}</Button>
        </Stack>
      </form>
    </Entrance>
  );
}
