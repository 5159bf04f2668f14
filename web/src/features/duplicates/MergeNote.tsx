/** On a record's page: where it went in a merge, or what was merged into it, with the way back. */
import { Alert, Anchor, Modal } from "@mantine/core";
import { IconArrowMerge } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Module, Rec } from "~/api/types";
import { useTitle } from "~/features/records/titles";
import { useFormat } from "~/ui/useFormat";
import { mergesQuery, type Merge } from "./merging";
import { MergeOutcome } from "./MergeOutcome";

export default function MergeNote({ module, record }: { module: Module; record: Rec }) {
  const { data } = useQuery(mergesQuery(module.name, record.id));
  const latest = data?.find(({ state }) => state !== "undone");
  if (!latest) return null;
  if (latest.survivor_id !== record.id) return record.delete_time ? <WentInto module={module} merge={latest} /> : null;
  return <CameHere merge={latest} />;
}

function WentInto({ module, merge }: { module: Module; merge: Merge }) {
  const { t } = useTranslation();
  const title = useTitle(module.type, merge.survivor_id);
  return (
    <Alert mb="md" icon={<IconArrowMerge size={18} />} title={t("merge.wentInto")}>
      <Link className="gx-link" to="/$module/$id" params={{ module: module.name, id: merge.survivor_id }}>
        {title?.text || t("field.untitled")}
      </Link>
    </Alert>
  );
}

function CameHere({ merge }: { merge: Merge }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  if (!open && merge.state === "done" && !merge.undo_until) return null;
  return (
    <Alert mb="md" color="gray" icon={<IconArrowMerge size={18} />}>
      {t("merge.cameHere", { number: merge.merged_ids.length, when: format.dateTime(merge.create_time) })}{" "}
      <Anchor component="button" type="button" size="sm" onClick={() => setOpen(true)}>{t("merge.look")}</Anchor>
      {open && (
        <Modal opened onClose={() => setOpen(false)} title={t("merge.title")} closeButtonProps={{ "aria-label": t("action.close") }}>
          <MergeOutcome id={merge.id} />
        </Modal>
      )}
    </Alert>
  );
}
