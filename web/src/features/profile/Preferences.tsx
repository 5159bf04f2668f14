/** The person's own language, time zone and formats, where they are not the organization's. */
import { Alert, Button, Group, Select, SimpleGrid, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, get } from "~/api/client";
import { ApiError } from "~/api/errors";
import { LOCALES, languageOf, setLocale, toLocale } from "~/app/i18n";
import { useUnsaved } from "~/features/records/useUnsaved";
import { errorText, showDone } from "~/ui/errors";
import { timeZoneOptions } from "~/ui/regional";
import { DATE_STYLES, NUMBER_STYLES, numberSample, writeDay } from "~/ui/styles";
import { Section } from "./Section";

const FIELDS = ["language", "time_zone", "date_format", "number_format"] as const;
type Name = (typeof FIELDS)[number];
type Own = Partial<Record<Name, string>>;

const SAMPLE = "2026-11-22";

export function Preferences() {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: ["preferences"], queryFn: ({ signal }) => get<Own>("/preferences", {}, signal) });
  return (
    <Section title={t("profile.preferences")} hint={t("profile.preferencesHint")}>
      {data ? <Form key={JSON.stringify(data)} kept={data} /> : <Skeleton height={140} />}
    </Section>
  );
}

function Form({ kept }: { kept: Own }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [own, setOwn] = useState(kept);
  const changed = FIELDS.filter((name) => (own[name] ?? "") !== (kept[name] ?? ""));
  const { question } = useUnsaved(changed.length > 0);
  const zones = useMemo(() => timeZoneOptions(), []);

  const save = useMutation({
    mutationFn: () => api<Own>("PATCH", "/preferences", { body: Object.fromEntries(changed.map((name) => [name, own[name] ?? ""])) }),
    onSuccess: async (saved) => {
      if (changed.includes("language") && saved.language) await setLocale(toLocale(saved.language));
      client.setQueryData(["preferences"], saved);
      await client.invalidateQueries({ queryKey: ["session"] });
      showDone(t("form.saved"));
    },
  });
  const violations = save.error instanceof ApiError ? save.error.violations : [];
  const input = (name: Name) => ({
    name,
    value: own[name] ?? null,
    onChange: (value: string | null) => setOwn((before) => ({ ...before, [name]: value ?? "" })),
    error: violations.find(({ field }) => field === name)?.description,
    clearable: true,
  });

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {question}
      {save.isError && violations.length === 0 && <Alert color="red" mb="md" role="alert">{errorText(save.error)}</Alert>}
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm">
        <Select
          {...input("language")}
          label={t("entry.language")}
          description={t("profile.preferencesLanguage")}
          data={LOCALES.map(({ value, name }) => ({ value: languageOf(value), label: name }))}
        />
        <Select
          {...input("time_zone")}
          label={t("entry.timeZone")}
          description={t("profile.preferencesZone")}
          data={zones}
          searchable
          limit={60}
          nothingFoundMessage={t("field.noMatch")}
        />
        <Select
          {...input("date_format")}
          label={t("profile.dateFormat")}
          data={DATE_STYLES.map((value) => ({ value, label: writeDay(SAMPLE, value) }))}
        />
        <Select
          {...input("number_format")}
          label={t("profile.numberFormat")}
          data={NUMBER_STYLES.map((value) => ({ value, label: numberSample(value) }))}
        />
      </SimpleGrid>
      <Group justify="flex-end" mt="md">
        <Button type="submit" loading={save.isPending} disabled={changed.length === 0}>{t("action.save")}</Button>
      </Group>
    </form>
  );
}
