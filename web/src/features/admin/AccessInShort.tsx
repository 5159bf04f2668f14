/** In a list of users: what each may do, from all of their roles together; all of it on request. */
import { Anchor, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { batched } from "~/api/batched";
import { get } from "~/api/client";
import type { components } from "~/api/schema";
import { useMetadata } from "~/app/metadata";
import type { CellProps } from "~/features/records/special";
import { Found } from "./EffectivePermissions";

type Summary = components["schemas"]["UserAccessSummary"];

/** What a list has room for. */
const SHOWN = ["view", "edit", "delete"];

const summaryOf = batched(async (ids) => {
  const { users } = await get<components["schemas"]["BatchGetUserAccessSummariesResponse"]>("/users:batchGetAccessSummaries", { ids });
  return new Map((users ?? []).map((user): [string, Summary] => [user.id ?? "", user]));
});

export function AccessInShort({ record }: CellProps) {
  const { t } = useTranslation();
  const metadata = useMetadata();
  const [opened, { open, close }] = useDisclosure();
  const may = metadata.may("roles", "view");
  const { data } = useQuery({
    queryKey: ["records", "roles", "access", "short", record.id, record.etag],
    queryFn: () => summaryOf(record.id),
    enabled: may,
  });
  if (!may || !data) return null;
  const counted = (data.operations ?? []).filter(({ operation }) => SHOWN.includes(operation ?? ""));
  const text = data.everything
    ? t("access.everything")
    : counted.map(({ operation, modules }) => t("access.counted", { operation: t(`operation.${operation as "view"}`), modules })).join(" · ");
  return (
    <>
      <Anchor component="button" type="button" size="xs" c="dimmed" display="block" ta="start" aria-haspopup="dialog" onClick={open}>
        {text || t("access.none")}
      </Anchor>
      <Modal
        opened={opened}
        onClose={close}
        size="auto"
        title={`${String(record.name ?? "")} · ${t("access.effective")}`}
        // For React it is within the row, which opens the record.
        onClick={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        {opened && <Found record={record} />}
      </Modal>
    </>
  );
}
