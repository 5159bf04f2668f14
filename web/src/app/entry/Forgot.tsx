import { Alert, Anchor, Button, Stack, TextInput } from "@mantine/core";
import { IconAlertCircle, IconMailCheck } from "@tabler/icons-react";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { errorText } from "~/ui/errors";
import { useContact } from "./contact";
import { Entrance } from "./Entrance";
import { lastOrganization } from "./profile";

/** Asks for a link to reset the password. What it says afterwards is the same for every address. */
export function Forgot() {
  const { t } = useTranslation();
  const { email } = useSearch({ from: "/forgot" });
  const contact = useContact();
  const form = useForm({
    initialValues: { email: email ?? "" },
    validate: { email: contact.validate },
  });
  const asking = useMutation({ mutationFn: (address: string) => post("/passwords:forgot", { email: address.trim() }) });

  return (
    <Entrance
      organization={lastOrganization()}
      title={t("entry.forgotTitle")}
      hint={t("entry.forgotHint")}
      footer={<Anchor renderRoot={(props) => <Link to="/login" {...props} />}>{t("entry.backToLogIn")}</Anchor>}
    >
      {asking.isSuccess ? (
        <Alert color="jade" icon={<IconMailCheck size={18} />} role="status">{t("entry.forgotSent", { email: asking.variables })}</Alert>
      ) : (
        <form onSubmit={form.onSubmit((values) => asking.mutate(values.email))} noValidate>
          <Stack>
            {asking.isError && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(asking.error)}</Alert>}
            <TextInput label={contact.label} type={contact.type} autoComplete="username" inputMode={contact.inputMode} size="md" data-autofocus {...form.getInputProps("email")} />
            <Button type="submit" size="md" loading={asking.isPending} fullWidth>{t("entry.forgotSend")}</Button>
          </Stack>
        </form>
      )}
    </Entrance>
  );
}
