/** Files that a record holds: uploaded as soon as they are chosen, and loaded by whoever sees the record. */
import { ActionIcon, Button, FileButton, Group, Input, Loader, Stack, Text } from "@mantine/core";
import { IconPaperclip, IconX } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { address, api, get } from "~/api/client";
import { errorText } from "~/ui/errors";
import { useFormat } from "~/ui/useFormat";
import classes from "./fields.module.css";

interface StoredFile {
  id: string;
  name: string;
  size: string | number;
}

const fileQuery = (id: string) =>
  queryOptions({ queryKey: ["files", id], queryFn: ({ signal }) => get<StoredFile>(`/files/${id}`, {}, signal), staleTime: Infinity, retry: false });

interface Props {
  module: string;
  label: string;
  value: string[];
  onChange: (value: string[]) => void;
  error?: string;
}

export function FilesInput({ module, label, value, onChange, error }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const upload = useMutation({
    mutationFn: async (files: File[]) => {
      const ids: string[] = [];
      for (const file of files) {
        const stored = await api<StoredFile>("POST", "/files", {
          query: { module, name: file.name },
          body: asForm(file),
        });
        client.setQueryData(fileQuery(stored.id).queryKey, stored);
        ids.push(stored.id);
      }
      return ids;
    },
    onSuccess: (ids) => onChange([...value, ...ids]),
  });

  return (
    <Stack gap={6} role="group" aria-label={label}>
      <Input.Label component="div">{label}</Input.Label>
      <ul className={classes.lines}>
        {value.map((id, index) => (
          <li key={id}>
            <Group gap={4} wrap="nowrap">
              <FileLink id={id} />
              <ActionIcon variant="subtle" color="gray" aria-label={t("line.remove", { what: label, number: index + 1 })} onClick={() => onChange(value.filter((one) => one !== id))}>
                <IconX size={14} />
              </ActionIcon>
            </Group>
          </li>
        ))}
      </ul>
      {(error || upload.error) && <Text c="red" size="sm" role="alert">{error ?? errorText(upload.error)}</Text>}
      <FileButton multiple onChange={(files) => upload.mutate(files)} disabled={upload.isPending}>
        {(props) => (
          <Button
            {...props}
            variant="light"
            size="compact-sm"
            style={{ alignSelf: "flex-start" }}
            leftSection={upload.isPending ? <Loader size={12} /> : <IconPaperclip size={14} aria-hidden />}
            aria-busy={upload.isPending || undefined}
          >
            {upload.isPending ? t("files.uploading") : t("files.add")}
          </Button>
        )}
      </FileButton>
    </Stack>
  );
}

function asForm(file: File): FormData {
  const form = new FormData();
  form.set("file", file, file.name);
  return form;
}

export function FilesValue({ ids }: { ids: string[] }) {
  return <ul className={classes.lines}>{ids.map((id) => <li key={id}><FileLink id={id} /></li>)}</ul>;
}

function FileLink({ id }: { id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, isPending } = useQuery(fileQuery(id));
  if (isPending) return <Loader size={12} />;
  if (!data) return <Text span inherit c="dimmed">{t("field.hidden")}</Text>;
  return (
    <span style={{ overflowWrap: "anywhere" }}>
      <a className="gx-link" href={address(`/files/${id}:download`)} download={data.name}>{data.name}</a>
      {" "}
      <Text span size="xs" c="dimmed">{t("files.size", { size: format.integer(Math.ceil(Number(data.size) / 1024)) })}</Text>
    </span>
  );
}
