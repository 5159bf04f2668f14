/** The organization's logo: what it is, another one, or none. */
import { Alert, Button, FileButton, Group, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { ApiError } from "~/api/errors";
import type { Rec } from "~/api/types";
import { recordQuery, refresh } from "~/features/records/api";
import { errorText, showDone } from "~/ui/errors";
import { OrganizationLogo } from "~/ui/Logo";
import classes from "../admin.module.css";

async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

const said = (error: unknown): string =>
  (error instanceof ApiError && error.violations[0]?.description) || errorText(error);

export function LogoPanel({ record, editable }: { record: Rec; editable: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const keep = useMutation({
    mutationFn: async (file: File | null): Promise<Rec> => file
      ? post<Rec>(`/organizations/${record.id}:setLogo`, { data: await base64(file) })
      : post<Rec>(`/organizations/${record.id}:removeLogo`),
    onSuccess: async (saved) => {
      client.setQueryData(recordQuery("organizations", saved.id).queryKey, saved);
      await Promise.all([refresh(client, "organizations"), client.invalidateQueries({ queryKey: ["session"] })]);
      showDone(t("form.saved"));
    },
  });
  const digest = String(record.logo_digest ?? "");
  return (
    <section className={classes.panel} aria-labelledby="logo">
      <Title order={2} id="logo" mb={4}>{t("organization.logo")}</Title>
      <Text size="sm" c="dimmed" mb="sm">{t("organization.logoHint")}</Text>
      {keep.isError && <Alert color="red" mb="sm" role="alert">{said(keep.error)}</Alert>}
      <Group>
        {digest && <OrganizationLogo id={record.id} digest={digest} height={56} alt={t("organization.logo")} />}
        {editable && (
          <FileButton accept="image/png,image/jpeg" onChange={(file) => file && keep.mutate(file)}>
            {(props) => <Button {...props} variant="default" loading={keep.isPending}>{t(digest ? "organization.replaceLogo" : "organization.uploadLogo")}</Button>}
          </FileButton>
        )}
        {editable && digest && (
          <Button variant="default" disabled={keep.isPending} onClick={() => keep.mutate(null)}>{t("organization.removeLogo")}</Button>
        )}
      </Group>
    </section>
  );
}
