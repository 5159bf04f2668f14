import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCopy } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import type { Rec } from "~/api/types";
import { refresh } from "~/features/records/api";
import type { PanelProps } from "~/features/records/special";
import { errorText } from "~/ui/errors";

/** A new role that begins with what this one grants. */
export function CloneRole({ module, record }: PanelProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, dialog] = useDisclosure(false);
  const [name, setName] = useState("");
  const clone = useMutation({
    mutationFn: () => post<Rec>(`/roles/${record.id}:clone`, { name }, { "Idempotency-Key": crypto.randomUUID() }),
    onSuccess: async (made) => {
      dialog.close();
      await refresh(client, module.name);
      await navigate({ to: "/$module/$id", params: { module: module.name, id: made.id } });
    },
  });
  if (!module.operations.includes("create")) return null;
  const open = (): void => {
    clone.reset();
    setName(t("role.copyOf", { name: String(record.name) }));
    dialog.open();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconCopy size={16} aria-hidden />} onClick={open}>{t("role.clone")}</Button>
      <Modal opened={asking} onClose={dialog.close} title={t("role.clone")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            clone.mutate();
          }}
        >
          <Stack>
            {clone.isError && <Alert color="red" role="alert">{errorText(clone.error)}</Alert>}
            <TextInput label={t("role.newName")} value={name} onChange={(event) => setName(event.currentTarget.value)} required data-autofocus />
            <Group justify="flex-end">
              <Button variant="default" onClick={dialog.close}>{t("action.cancel")}</Button>
              <Button type="submit" loading={clone.isPending}>{t("role.clone")}</Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
