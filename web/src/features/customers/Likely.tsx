import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Rec } from "~/api/types";
import type { Candidate, Candidates } from "./duplicates";
import { Reasons } from "./Reasons";

interface Props {
  candidates: Candidates;
  titles: { accounts: string; contacts: string };
  onAccount: (account: Rec) => void;
}

/** Who is probably there already: take a company, or go to the person. */
export function Likely({ candidates, titles, onAccount }: Props) {
  const { t } = useTranslation();
  if (candidates.accounts.length + candidates.contacts.length === 0) return null;
  return (
    <Alert color="yellow" mt="lg" icon={<IconAlertTriangle size={18} />} title={t("customer.maybeThere")} aria-live="polite">
      <Stack gap={8} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {candidates.contacts.map((found) => (
          <Line key={found.record.id} kind={titles.contacts} found={found}>
            <Button
              size="compact-sm"
              variant="default"
              renderRoot={(props) => <Link to="/$module/$id" params={{ module: "contacts", id: found.record.id }} {...props} />}
            >
              {t("customer.open")}
            </Button>
          </Line>
        ))}
        {candidates.accounts.map((found) => (
          <Line key={found.record.id} kind={titles.accounts} found={found}>
            <Button size="compact-sm" variant="default" onClick={() => onAccount(found.record)}>{t("customer.use")}</Button>
          </Line>
        ))}
      </Stack>
    </Alert>
  );
}

function Line({ kind, found, children }: { kind: string; found: Candidate; children: React.ReactNode }) {
  return (
    <Group component="li" justify="space-between" gap={8}>
      <div>
        <Text span size="sm">{kind} · <b>{String(found.record.name ?? "")}</b></Text>{" "}
        <Reasons reasons={found.reasons} />
      </div>
      {children}
    </Group>
  );
}
