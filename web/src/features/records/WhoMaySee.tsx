/** Who may see this record, and why: for those who may see users and roles. */
import { Alert, List, Skeleton, Stack, Text, ThemeIcon, Title, UnstyledButton } from "@mantine/core";
import { IconCheck, IconChevronDown, IconInfoCircle, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { components } from "~/api/schema";
import type { Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { errorText } from "~/ui/errors";
import { ReferenceInput } from "~/ui/fields/ReferenceInput";
import classes from "./RecordPage.module.css";

type Explanation = components["schemas"]["ExplainAccessResponse"];

export function WhoMaySee({ module, record }: { module: Module; record: Rec }) {
  const { t } = useTranslation();
  const metadata = useMetadata();
  const [open, setOpen] = useState(false);
  const [user, setUser] = useState("");
  const query = useQuery({
    queryKey: ["records", module.name, "access", record.id, record.etag, user],
    queryFn: ({ signal }) => get<Explanation>(`/users/${user}:explainAccess`, { module: module.name, record_id: record.id }, signal),
    enabled: user !== "",
    staleTime: 0,
  });
  if (!metadata.may("roles", "view") || !metadata.may("users", "view")) return null;
  return (
    <section className={classes.panel} aria-label={t("access.whoMaySee")}>
      <UnstyledButton className={classes.fold} onClick={() => setOpen(!open)} aria-expanded={open}>
        <Title order={2} size="h3">{t("access.whoMaySee")}</Title>
        <IconChevronDown size={18} aria-hidden />
      </UnstyledButton>
      {open && (
        <Stack mt="md" gap="sm">
          <ReferenceInput type="identity.User" label={t("access.user")} value={user} onChange={setUser} />
          {user && query.isPending && <Skeleton height={72} />}
          {query.isError && <Alert color="red" role="alert">{errorText(query.error)}</Alert>}
          {user && query.data && <Answer found={query.data} />}
        </Stack>
      )}
    </section>
  );
}

function Answer({ found }: { found: Explanation }) {
  const { t } = useTranslation();
  const verdicts = { view: found.visible, edit: found.editable, delete: found.deletable };
  const may = (["view", "edit", "delete"] as const).filter((operation) => verdicts[operation]);
  return (
    <div aria-live="polite">
      <Text fw={600} mb={6}>
        {may.length > 0 ? t("access.may", { operations: may.map((operation) => t(`operation.${operation}`)).join(t("access.comma")) }) : t("access.mayNothing")}
      </Text>
      <List spacing={4} size="sm" center>
        {found.reasons?.map((reason) => (
          <List.Item key={reason.text} icon={<Sign of={reason.operation ? Boolean(reason.allowed) : undefined} />}>{reason.text}</List.Item>
        ))}
      </List>
    </div>
  );
}

/** Allowed, not allowed, or neither: something to know. */
function Sign({ of }: { of: boolean | undefined }) {
  const { t } = useTranslation();
  if (of === undefined) return <ThemeIcon variant="transparent" color="gray" size={18}><IconInfoCircle size={16} aria-hidden /></ThemeIcon>;
  return (
    <ThemeIcon variant="transparent" color={of ? "jade" : "red"} size={18}>
      {of ? <IconCheck size={16} role="img" aria-label={t("field.yes")} /> : <IconX size={16} role="img" aria-label={t("field.no")} />}
    </ThemeIcon>
  );
}
