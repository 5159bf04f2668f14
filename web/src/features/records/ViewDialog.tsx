import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export interface Named {
  name: string;
  visibility?: "private" | "everyone";
}

interface Props {
  title: string;
  name: string;
  /** Undefined where sharing is not to be asked about. */
  shared: boolean | undefined;
  onSave: (named: Named) => void;
  onClose: () => void;
}

/** What a view is called, and whether others see it. */
export function ViewDialog({ title, name, shared, onSave, onClose }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(name);
  const [sharing, setSharing] = useState(shared ?? false);
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim()) onSave({ name: typed.trim(), ...(sharing && { visibility: "everyone" as const }) });
        }}
      >
        <Stack>
          <TextInput label={t("views.name")} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} maxLength={60} data-autofocus withAsterisk />
          {shared !== undefined && <Checkbox label={t("views.shareWith")} checked={sharing} onChange={(event) => setSharing(event.currentTarget.checked)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
            <Button type="submit" disabled={!typed.trim()}>{t("action.save")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
