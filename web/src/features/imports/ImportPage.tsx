import { Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/errors";
import { useMetadata } from "~/app/metadata";
import { Crash, Missing, Waiting } from "~/app/shell/states";
import { PageHeader } from "~/ui/PageHeader";
import { useLabel } from "~/ui/useFormat";
import { importQuery, isWorking, type Import } from "./api";
import { CheckStep } from "./CheckStep";
import classes from "./imports.module.css";
import { MappingStep } from "./MappingStep";
import { Progress } from "./Progress";
import { ReportStep } from "./ReportStep";
import { Steps } from "./Steps";

/** One import, at whichever step it is. Its state is the server's: the page may be left and come back to. */
export function ImportPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const metadata = useMetadata();
  const client = useQueryClient();
  const { id } = useParams({ from: "/inside/imports/$id" });
  const query = useQuery(importQuery(id));
  const job = query.data;
  const state = job?.state;

  useEffect(() => {
    if (state === "done" || state === "undone" || state === "cancelled") {
      void client.invalidateQueries({ queryKey: ["records"] });
      void client.invalidateQueries({ queryKey: ["titles"] });
      void client.invalidateQueries({ queryKey: ["imports", "list"] });
    }
  }, [state, client]);

  if (query.error && !job) {
    return query.error instanceof ApiError && query.error.status === 404 ? <Missing /> : <Crash error={query.error} reset={() => void query.refetch()} />;
  }
  if (!job) return <Waiting />;
  const module = metadata.module(job.module);
  if (!module) return <Missing />;

  const accept = (next: Import): void => {
    client.setQueryData(importQuery(id).queryKey, next);
  };
  return (
    <>
      <PageHeader
        title={t("import.of", { what: label(module.plural) })}
        badge={<Text c="dimmed" size="sm" className="gx-nowrap">{job.file_name}</Text>}
      />
      <div className={classes.body}>
        <Steps active={stepOf(job)} />
        {isWorking(job.state) ? <Progress job={job} onChange={accept} />
          : job.state === "mapping" ? <MappingStep key={`${job.format.encoding}${job.format.delimiter}${job.format.sheet}${String(job.format.header)}`} module={module} job={job} onChange={accept} />
          : job.state === "validated" ? <CheckStep module={module} job={job} onChange={accept} />
          : <ReportStep module={module} job={job} onChange={accept} />}
      </div>
    </>
  );
}

function stepOf(job: Import): number {
  if (job.state === "mapping") return 1;
  return job.state === "validating" || job.state === "validated" ? 2 : 3;
}
