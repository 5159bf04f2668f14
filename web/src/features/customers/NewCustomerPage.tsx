/** A person and their company in one form; who may be there already is said while it is filled in. */
import { Alert, Autocomplete, Button, Group, SimpleGrid, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import type { Field, Module, Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { Missing } from "~/app/shell/states";
import { refresh } from "~/features/records/api";
import { BackLink } from "~/features/records/BackLink";
import { changesOf, toDraft } from "~/features/records/draft";
import classes from "~/features/records/RecordPage.module.css";
import { formFields } from "~/features/records/special";
import { useDraft } from "~/features/records/useDraft";
import { useUnsaved } from "~/features/records/useUnsaved";
import { errorText, showDone } from "~/ui/errors";
import { FieldInput } from "~/ui/fields/FieldInput";
import { PageHeader } from "~/ui/PageHeader";
import { useLabel } from "~/ui/useFormat";
import { isLikely, typedQuery, type Candidates } from "./duplicates";
import { Likely } from "./Likely";

const PERSON = ["name", "job_title", "phone", "email", "chat_id", "source"];
const COMPANY = ["website", "industry"];

export function NewCustomerPage() {
  const metadata = useMetadata();
  const contacts = metadata.module("contacts");
  if (!contacts?.operations.includes("create")) return <Missing />;
  return <Form contacts={contacts} accounts={metadata.module("accounts")} />;
}

/** The fields that are asked for: the usual ones, and what must be filled in. */
const asked = (module: Module, names: string[], without: string[]): Field[] =>
  formFields(module, true).filter(({ name, required }) => !without.includes(name) && (required || names.includes(name)));

function Form({ contacts, accounts }: { contacts: Module; accounts?: Module }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const personFields = asked(contacts, PERSON, ["account_id"]);
  const companyFields = accounts?.operations.includes("create") ? asked(accounts, COMPANY, ["name"]) : [];
  const [noPerson] = useState(() => toDraft(undefined, personFields));
  const [noCompany] = useState(() => toDraft(undefined, companyFields));
  const person = useDraft(personFields, noPerson);
  const company = useDraft(companyFields, noCompany);
  const [companyName, setCompanyName] = useState("");
  const [account, setAccount] = useState<Rec | null>(null);
  const [failure, setFailure] = useState("");
  const [key] = useState(() => crypto.randomUUID());
  const candidates = useCandidates(person.draft, account ? "" : companyName);
  const personBody = changesOf(noPerson, person.draft, personFields);
  const companyBody = changesOf(noCompany, company.draft, companyFields);
  const hasCompany = !account && companyName.trim() !== "";
  const { question } = useUnsaved(Object.keys(personBody).length > 0 || hasCompany);

  const create = useMutation({
    mutationFn: () => {
      const contact = account ? { ...personBody, account_id: account.id } : personBody;
      const body = hasCompany ? { contact, account: { ...companyBody, name: companyName.trim() } } : { contact };
      return post<{ contact: Rec }>("/customers", body, { "Idempotency-Key": key });
    },
    onSuccess: async ({ contact }) => {
      await Promise.all([refresh(client, "contacts"), refresh(client, "accounts")]);
      showDone(t("form.created"));
      await navigate({ to: "/$module/$id", params: { module: "contacts", id: contact.id }, replace: true, ignoreBlocker: true });
    },
    onError: (error) => setFailure(person.accept(error, contacts) ? "" : errorText(error)),
  });
  const choose = (chosen: Rec): void => {
    setAccount(chosen);
    setCompanyName(String(chosen.name ?? ""));
  };
  const typeCompany = (text: string): void => {
    const found = candidates.accounts.find(({ record }) => record.name === text);
    if (found) return choose(found.record);
    setCompanyName(text);
    setAccount(null);
  };
  const likely = { accounts: account ? [] : candidates.accounts.filter(isLikely), contacts: candidates.contacts };
  const warned = likely.accounts.length + likely.contacts.length > 0;

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (person.check() && (!hasCompany || company.check())) create.mutate();
      }}
    >
      {question}
      <PageHeader title={t("customer.new")} above={<BackLink module={contacts} />} />
      <div className={classes.single}>
        <div className={classes.panel}>
          {failure && <Alert color="red" mb="md" role="alert">{failure}</Alert>}
          <Title order={2} mb="sm">{t("customer.person")}</Title>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm">
            {personFields.map((field) => (
              <div key={field.name} data-field={field.name}>
                <FieldInput field={field} value={person.draft[field.name]} onChange={(value) => person.change(field.name, value)} error={person.errors[field.name]} />
              </div>
            ))}
          </SimpleGrid>
          {accounts && (
            <>
              <Title order={2} mb="sm" mt="xl">{t("customer.company")}</Title>
              <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm">
                <Autocomplete
                  label={t("customer.companyName")}
                  description={t(account ? "customer.companyKnown" : "customer.companyHint")}
                  value={companyName}
                  onChange={typeCompany}
                  data={[...new Set(candidates.accounts.map(({ record }) => String(record.name)))]}
                  filter={({ options }) => options}
                  maxLength={500}
                />
                {hasCompany && companyFields.map((field) => (
                  <div key={field.name} data-field={field.name}>
                    <FieldInput field={field} value={company.draft[field.name]} onChange={(value) => company.change(field.name, value)} error={company.errors[field.name]} />
                  </div>
                ))}
              </SimpleGrid>
            </>
          )}
          <Likely candidates={likely} titles={{ accounts: label(accounts?.label ?? contacts.label), contacts: label(contacts.label) }} onAccount={choose} />
        </div>
        <Group justify="flex-end" className={classes.actions}>
          <Button variant="default" onClick={() => router.history.back()}>{t("action.cancel")}</Button>
          <Button type="submit" loading={create.isPending}>{t(warned ? "customer.createAnyway" : "form.create")}</Button>
        </Group>
      </div>
    </form>
  );
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Who may be meant by what is typed; what was found last stays while more is typed. */
function useCandidates(person: Record<string, unknown>, companyName: string): Candidates {
  const [typed] = useDebouncedValue(
    { name: text(person.name), company: companyName, phone: text(person.phone), email: text(person.email) }, 250,
  );
  const { data } = useQuery({ ...typedQuery(typed), placeholderData: (before) => before });
  const none: Candidates = { accounts: [], contacts: [] };
  return typedQuery(typed).enabled && data ? data : none;
}
