import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { ApiError } from "~/api/errors";
import { NewPassword } from "~/app/entry/NewPassword";
import { useSession } from "~/app/session";
import { errorText, showDone } from "~/ui/errors";
import { Section } from "./Section";

interface Values {
  current_password: string;
  new_password: string;
}

/** Another password, for who knows the present one. */
export function Password() {
  const { t } = useTranslation();
  const { user } = useSession();
  const client = useQueryClient();
  const form = useForm<Values>({
    initialValues: { current_password: "", new_password: "" },
    validate: {
      current_password: (value) => (value ? null : t("form.required")),
      new_password: (value) => (value.length >= 8 ? null : t("entry.passwordHint")),
    },
  });
  const changing = useMutation({
    mutationFn: (values: Values) => post("/passwords:change", values),
    onSuccess: () => {
      form.reset();
      showDone(t("password.changed"));
      return client.invalidateQueries({ queryKey: ["sessions"] });
    },
    onError: (error) => {
      const violations = error instanceof ApiError ? error.violations : [];
      form.setErrors(Object.fromEntries(violations.map(({ field, description }) => [field, description])));
    },
  });
  const elsewhere = changing.isError && !(changing.error instanceof ApiError && changing.error.violations.length > 0);
  return (
    <Section title={t("entry.password")} hint={t("password.hint")}>
      <form onSubmit={form.onSubmit((values) => changing.mutate(values))} noValidate>
        <Stack maw={420}>
          {elsewhere && <Alert color="red" role="alert">{errorText(changing.error)}</Alert>}
          <input type="hidden" autoComplete="username" value={user.email} readOnly />
          <PasswordInput
            label={t("password.current")}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ "aria-label": t("entry.showPassword") }}
            {...form.getInputProps("current_password")}
          />
          <NewPassword {...form.getInputProps("new_password")} />
          <Button type="submit" loading={changing.isPending} style={{ alignSelf: "flex-start" }}>{t("password.change")}</Button>
        </Stack>
      </form>
    </Section>
  );
}
