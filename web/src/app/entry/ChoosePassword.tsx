import { Alert, Anchor, Button, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { errorText } from "~/ui/errors";
import type { Challenge } from "../session";
import { NewPassword } from "./NewPassword";
import type { SecondStepProps } from "./SecondStep";

interface Props extends SecondStepProps {
  choose: NonNullable<Challenge["choose"]>;
}

/** A password of one's own, in place of the one that an administrator set. */
export function ChoosePassword({ choose, onNext, onDone, onAgain }: Props) {
  const { t } = useTranslation();
  const form = useForm({
    initialValues: { password: "" },
    validate: { password: (value) => (value.length >= 8 ? null : t("entry.passwordHint")) },
  });
  const choosing = useMutation({
    mutationFn: choose,
    onSuccess: async (next) => {
      if (next) onNext(next);
      else await onDone();
    },
  });
  return (
    <form onSubmit={form.onSubmit(({ password }) => choosing.mutate(password))} noValidate>
      <Stack>
        {choosing.isError && <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(choosing.error)}</Alert>}
        <Text size="sm">{t("entry.chooseHint")}</Text>
        <NewPassword size="md" data-autofocus {...form.getInputProps("password")} />
        <Button type="submit" size="md" loading={choosing.isPending} fullWidth>{t("entry.choose")}</Button>
        <Anchor component="button" type="button" size="sm" ta="center" onClick={onAgain}>{t("factor.again")}</Anchor>
      </Stack>
    </form>
  );
}
