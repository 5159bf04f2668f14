import { Alert, Button, Checkbox, Group, Radio, SimpleGrid, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import type { Field, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { isLikely, leadQuery, type Candidate } from "~/features/customers/duplicates";
import { Reasons } from "~/features/customers/Reasons";
import { refresh } from "~/features/records/api";
import { errorText, showDone } from "~/ui/errors";
import { FieldInput } from "~/ui/fields/FieldInput";
import { useLabel } from "~/ui/useFormat";

const NEW = "new";
const ASKED = ["name", "amount", "pipeline_id", "close_date"];

interface Props {
  lead: Rec;
  onClose: () => void;
}

/** What the lead becomes: who is there already or anew, and which opportunity. */
export function ConvertDialog({ lead, onClose }: Props) {
  const { t } = useTranslation();
  const found = useQuery(leadQuery(lead.id));
  if (found.isError) return <Alert color="red" role="alert">{errorText(found.error)}</Alert>;
  if (!found.data) return <Skeleton height={200} aria-label={t("state.loading")} />;
  return <Form lead={lead} accounts={found.data.accounts} contacts={found.data.contacts} onClose={onClose} />;
}

interface FormProps extends Props {
  accounts: Candidate[];
  contacts: Candidate[];
}

/** What is chosen at first: who is likely the same, else a new record. */
const firstChoice = (candidates: Candidate[]): string => candidates.find(isLikely)?.record.id ?? NEW;

function useConversion({ lead, accounts, contacts }: FormProps) {
  const metadata = useMetadata();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { t } = useTranslation();
  const [account, setAccount] = useState(firstChoice(accounts));
  const [contact, setContact] = useState(firstChoice(contacts));
  const [wanted, setWanted] = useState(metadata.may("opportunities", "create"));
  const [deal, setDeal] = useState<Record<string, unknown>>({
    name: String(lead.company || lead.name || ""), amount: lead.budget, close_date: lead.expected_close_date,
  });
  const [key] = useState(() => crypto.randomUUID());
  const convert = useMutation({
    mutationFn: () =>
      post<{ contact: Rec; account?: Rec }>(`/leads/${lead.id}:convert`, {
        etag: lead.etag,
        ...(account !== NEW && { account_id: account }),
        ...(contact !== NEW && { contact_id: contact }),
        ...(wanted && { opportunity: Object.fromEntries(Object.entries(deal).filter(([, value]) => value)) }),
      }, { "Idempotency-Key": key }),
    onSuccess: async (made) => {
      await Promise.all(["leads", "accounts", "contacts", "opportunities"].map((name) => refresh(client, name)));
      showDone(t("lead.converted"));
      const to = made.account ? { module: "accounts", id: made.account.id } : { module: "contacts", id: made.contact.id };
      await navigate({ to: "/$module/$id", params: to });
    },
  });
  return { account, setAccount, contact, setContact, wanted, setWanted, deal, setDeal, convert };
}

function Form(props: FormProps) {
  const { lead, accounts, contacts, onClose } = props;
  const { t } = useTranslation();
  const label = useLabel();
  const metadata = useMetadata();
  const form = useConversion(props);
  const opportunities = metadata.module("opportunities");
  const mayDeal = metadata.may("opportunities", "create");
  const name = (module: string): string => label(metadata.module(module)?.label ?? { zh: module, en: module });
  const company = String(lead.company ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        form.convert.mutate();
      }}
    >
      <Stack>
        {form.convert.isError && <Alert color="red" role="alert">{errorText(form.convert.error)}</Alert>}
        {(company || accounts.length > 0) && (
          <Choice legend={name("accounts")} fresh={company || t("lead.noAccount")} candidates={accounts} value={form.account} onChange={form.setAccount} isNew={Boolean(company)} />
        )}
        <Choice legend={name("contacts")} fresh={String(lead.name ?? "")} candidates={contacts} value={form.contact} onChange={form.setContact} isNew />
        {opportunities && mayDeal && (
          <Checkbox label={t("lead.withOpportunity")} checked={form.wanted} onChange={(event) => form.setWanted(event.currentTarget.checked)} />
        )}
        {opportunities && !mayDeal && <Text size="sm" c="dimmed">{t("lead.mayNotDeal")}</Text>}
        {opportunities && form.wanted && (
          <Deal fields={opportunities.fields} values={form.deal} onChange={(field, value) => form.setDeal((before) => ({ ...before, [field]: value }))} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={form.convert.isPending}>{t("lead.convertNow")}</Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ChoiceProps {
  legend: string;
  /** What the new record would be called, or that there would be none. */
  fresh: string;
  isNew: boolean;
  candidates: Candidate[];
  value: string;
  onChange: (value: string) => void;
}

function Choice({ legend, fresh, isNew, candidates, value, onChange }: ChoiceProps) {
  const { t } = useTranslation();
  return (
    <Radio.Group label={legend} value={value} onChange={onChange}>
      <Stack gap={8} mt={6}>
        <Radio value={NEW} label={isNew ? t("lead.new", { name: fresh }) : fresh} />
        {candidates.map(({ record, reasons }) => (
          <Radio key={record.id} value={record.id} label={String(record.name ?? "")} description={<Reasons reasons={reasons} />} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

interface DealProps {
  fields: Field[];
  values: Record<string, unknown>;
  onChange: (name: string, value: unknown) => void;
}

function Deal({ fields, values, onChange }: DealProps) {
  const { t } = useTranslation();
  const asked = ASKED.flatMap((name) => fields.filter((field) => field.name === name && !field.read_only));
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm" role="group" aria-label={t("lead.withOpportunity")}>
      {asked.map((field) => field.name === "name"
        ? <TextInput key="name" label={t("lead.dealName")} value={String(values.name ?? "")} onChange={(event) => onChange("name", event.currentTarget.value)} maxLength={500} />
        : <FieldInput key={field.name} field={field} value={values[field.name]} onChange={(value) => onChange(field.name, value)} />)}
    </SimpleGrid>
  );
}
