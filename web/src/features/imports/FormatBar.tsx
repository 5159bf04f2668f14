import { Alert, Checkbox, Group, Select } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { errorText } from "~/ui/errors";
import { updateImport, type FileFormat, type Import } from "./api";
import classes from "./imports.module.css";
import { delimiterName } from "./mapping";

const ENCODINGS = ["utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "windows-1252", "shift_jis"];
const DELIMITERS = [",", ";", "\t", "|"];

/** How the file was read, to be set right where the guess was wrong. */
export function FormatBar({ job, onChange }: { job: Import; onChange: (job: Import) => void }) {
  const { t } = useTranslation();
  const change = useMutation({
    mutationFn: (format: Partial<FileFormat>) => updateImport(job.id, { format: { ...job.format, ...format } }),
    onSuccess: onChange,
  });
  const { format } = job;
  const encodings = ENCODINGS.includes(format.encoding) || !format.encoding ? ENCODINGS : [format.encoding, ...ENCODINGS];
  const delimiters = DELIMITERS.includes(format.delimiter) || !format.delimiter ? DELIMITERS : [format.delimiter, ...DELIMITERS];
  return (
    <section className={classes.panel} aria-label={t("import.format.title")}>
      <Group gap="md" align="flex-end">
        {format.kind === "xlsx"
          ? (
            <Select
              label={t("import.format.sheet")}
              size="sm"
              data={format.sheets}
              value={format.sheet}
              allowDeselect={false}
              onChange={(sheet) => change.mutate({ sheet: sheet ?? "" })}
            />
          )
          : (
            <>
              <Select
                label={t("import.format.encoding")}
                size="sm"
                w={170}
                data={encodings.map((value) => ({ value, label: value.toUpperCase() }))}
                value={format.encoding}
                allowDeselect={false}
                onChange={(encoding) => change.mutate({ encoding: encoding ?? "" })}
              />
              <Select
                label={t("import.format.delimiter")}
                size="sm"
                w={170}
                data={delimiters.map((value) => {
                  const name = delimiterName(value);
                  return { value, label: name === "other" ? value : t(`import.format.${name}`) };
                })}
                value={format.delimiter}
                allowDeselect={false}
                onChange={(delimiter) => change.mutate({ delimiter: delimiter ?? "," })}
              />
            </>
          )}
        <Checkbox
          mb={8}
          label={t("import.format.header")}
          checked={format.header}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ header: event.currentTarget.checked })}
        />
      </Group>
      {change.isError && <Alert color="red" mt="sm" role="alert">{errorText(change.error)}</Alert>}
    </section>
  );
}
