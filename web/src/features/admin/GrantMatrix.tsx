import { Checkbox, Select, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMetadata } from "~/app/metadata";
import type { SpecialInputProps } from "~/features/records/special";
import { useLabel } from "~/ui/useFormat";
import { isWild, OPERATIONS, SCOPES, scopeOf, withScope, type Grant } from "./grants";
import { OperationMatrix } from "./OperationMatrix";

/** What a role may do: for each module and operation, how far it reaches. */
export function GrantMatrix({ value, onChange, error }: SpecialInputProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const { modules, areas } = useMetadata();
  const rows = [
    ...modules.map(({ name, plural }) => ({ name, title: label(plural), grantable: OPERATIONS as readonly string[] })),
    ...areas.map(({ name, label: title, grantable }) => ({ name, title: label(title), grantable: grantable ?? [] })),
  ];
  const grants = Array.isArray(value) ? (value as Grant[]) : [];
  const everything = scopeOf(grants.filter((grant) => grant.module === "*" && grant.operation === "*"), "*", "*");
  const scopes = [{ value: "", label: "—" }, ...SCOPES.map((scope) => ({ value: scope, label: t(`scope.${scope}`) }))];

  return (
    <Stack gap="xs">
      {onChange && (
        <Checkbox
          label={t("role.everything")}
          checked={everything === "all"}
          onChange={(event) => onChange(withScope(grants, "*", "*", event.currentTarget.checked ? "all" : ""))}
        />
      )}
      {error && <Text c="red" size="sm">{error}</Text>}
      {everything === "all"
        ? !onChange && <Text size="sm">{t("role.everything")}</Text>
        : (
          <OperationMatrix label={t("role.matrix")}>
            {rows.map((row) => (
              <Table.Tr key={row.name}>
                <Table.Th scope="row">{row.title}</Table.Th>
                {OPERATIONS.map((operation) => {
                  const scope = scopeOf(grants, row.name, operation);
                  const name = `${row.title}: ${t(`operation.${operation}`)}`;
                  return (
                    <Table.Td key={operation} miw={86}>
                      {onChange && row.grantable.includes(operation)
                        ? (
                          <Select
                            size="xs"
                            aria-label={name}
                            data={scopes}
                            value={scope}
                            allowDeselect={false}
                            disabled={isWild(grants, row.name, operation)}
                            onChange={(next) => onChange(withScope(grants, row.name, operation, next ?? ""))}
                            comboboxProps={{ width: 150, position: "bottom-start" }}
                          />
                        )
                        : scope ? t(`scope.${scope as (typeof SCOPES)[number]}`) : <Text span c="dimmed">—</Text>}
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            ))}
          </OperationMatrix>
        )}
    </Stack>
  );
}
