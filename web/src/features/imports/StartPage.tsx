import { Alert, Button, FileButton, Group, Loader, Select, Stack, Text } from "@mantine/core";
import { IconAlertCircle, IconFileSpreadsheet, IconUpload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import clsx from "clsx";
import { useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import { EmptyState } from "~/ui/EmptyState";
import { errorText } from "~/ui/errors";
import { PageHeader } from "~/ui/PageHeader";
import { useLabel } from "~/ui/useFormat";
import { upload } from "./api";
import classes from "./imports.module.css";
import { Steps } from "./Steps";

export const ACCEPTED = ".csv,.tsv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Step 1: which module, which file. */
export function StartPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const { module: asked } = useSearch({ from: "/inside/imports/new" });
  const modules = useMetadata().modules.filter((one) => one.importable && one.operations.includes("import"));
  const [chosen, setChosen] = useState(asked ?? modules[0]?.name ?? "");
  const [over, setOver] = useState(false);
  const navigate = useNavigate();
  const sending = useMutation({
    mutationFn: (file: File) => upload(chosen, file),
    onSuccess: (job) => navigate({ to: "/imports/$id", params: { id: job.id }, replace: true }),
  });

  if (modules.length === 0) return <EmptyState icon={IconFileSpreadsheet} title={t("import.notAllowed")} />;

  const take = (file: File | null | undefined): void => {
    if (file && chosen && !sending.isPending) sending.mutate(file);
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };

  return (
    <>
      <PageHeader title={t("import.title")} />
      <div className={classes.body}>
        <Steps active={0} />
        <Stack className={classes.panel} gap="md">
          <Select
            label={t("import.what")}
            data={modules.map((one) => ({ value: one.name, label: label(one.plural) }))}
            value={chosen}
            onChange={(name) => setChosen(name ?? chosen)}
            allowDeselect={false}
            maw={360}
          />
          {sending.isError && (
            <Alert color="red" icon={<IconAlertCircle size={18} />} role="alert">{errorText(sending.error)}</Alert>
          )}
          <div
            className={clsx(classes.drop, over && classes.over)}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={onDrop}
          >
            {sending.isPending ? <Loader /> : <IconUpload size={36} stroke={1.3} aria-hidden />}
            <Text fw={600}>{sending.isPending ? t("import.sending", { file: sending.variables.name }) : t("import.drop")}</Text>
            <Text size="sm" c="dimmed">{t("import.kinds")}</Text>
            <FileButton accept={ACCEPTED} onChange={take}>
              {(props) => <Button {...props} disabled={sending.isPending} mt="xs">{t("import.choose")}</Button>}
            </FileButton>
          </div>
          <Group gap="xs">
            <Text size="sm" c="dimmed">{t("import.promise")}</Text>
          </Group>
        </Stack>
      </div>
    </>
  );
}
