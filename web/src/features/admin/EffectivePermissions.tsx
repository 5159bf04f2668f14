import { Alert, Skeleton, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";
import type { components } from "~/api/schema";
import type { Rec } from "~/api/types";
import { useMetadata } from "~/app/metadata";
import { Fold } from "~/features/records/Fold";
import type { PanelProps } from "~/features/records/special";
import { errorText } from "~/ui/errors";
import { useLabel } from "~/ui/useFormat";
import { OPERATIONS, type Scope } from "./grants";
import { OperationMatrix } from "./OperationMatrix";

type Access = components["schemas"]["UserAccess"];
type ModuleAccess = components["schemas"]["ModuleAccess"];

/** What a user may do, from all of their roles together, and which role each right comes from. */
export function EffectivePermissions({ record }: PanelProps) {
  const { t } = useTranslation();
  const metadata = useMetadata();
  return metadata.may("roles", "view") && <Fold title={t("access.effective")}><Found record={record} /></Fold>;
}

/** Read when it is shown. */
export function Found({ record }: { record: Rec }) {
  const query = useQuery({
    queryKey: ["records", "roles", "access", record.id, record.etag],
    queryFn: ({ signal }) => get<Access>(`/users/${record.id}/access`, undefined, signal),
  });
  if (query.isPending) return <Skeleton height={72} mt="md" />;
  if (query.isError) return <Alert color="red" role="alert" mt="md">{errorText(query.error)}</Alert>;
  return <Granted access={query.data} />;
}

function Granted({ access }: { access: Access }) {
  const { t } = useTranslation();
  const modules = access.modules ?? [];
  return (
    <>
      {!access.active && <Text size="sm" c="dimmed" mt="xs">{t("access.inactive")}</Text>}
      {modules.length === 0 && <Text size="sm" mt="xs">{t("access.nothing")}</Text>}
      {modules.length > 0 && (
        <OperationMatrix label={t("access.effective")}>
          {modules.map((module) => <Row key={module.module} module={module} roles={access.roles ?? []} />)}
        </OperationMatrix>
      )}
    </>
  );
}

function Row({ module, roles }: { module: ModuleAccess; roles: NonNullable<Access["roles"]> }) {
  const { t } = useTranslation();
  const label = useLabel();
  const metadata = useMetadata();
  const known = metadata.module(module.module ?? "");
  const area = metadata.areas.find(({ name }) => name === module.module);
  const title = known ? label(known.plural) : area ? label(area.label) : module.module;
  const nameOf = (field: string): string => {
    const found = known?.fields.find(({ name }) => name === field);
    return found ? label(found.label) : field;
  };
  const fields = (names: string[] | undefined): string => (names ?? []).map(nameOf).join(t("access.comma"));
  return (
    <Table.Tr>
      <Table.Th scope="row">
        {title}
        {module.hidden_fields?.length ? <Text size="xs" c="dimmed" fw={400}>{t("access.hidden", { fields: fields(module.hidden_fields) })}</Text> : null}
        {module.read_only_fields?.length ? <Text size="xs" c="dimmed" fw={400}>{t("access.readOnly", { fields: fields(module.read_only_fields) })}</Text> : null}
      </Table.Th>
      {OPERATIONS.map((operation) => {
        const given = module.operations?.find((one) => one.operation === operation);
        const by = roles.filter(({ id }) => id && given?.role_ids?.includes(id)).map(({ name }) => name).join(t("access.comma"));
        return (
          <Table.Td key={operation} miw={86}>
            {given ? t(`scope.${given.scope as Scope}`) : <Text span c="dimmed">—</Text>}
            {given && <Text size="xs" c="dimmed">{by}</Text>}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}
