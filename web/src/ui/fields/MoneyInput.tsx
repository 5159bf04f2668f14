import { NumberInput } from "@mantine/core";
import type { Money } from "~/api/types";
import { useSession } from "~/app/session";

interface Props {
  label?: string;
  "aria-label"?: string;
  withAsterisk?: boolean;
  description?: string;
  error?: string;
  value: unknown;
  onChange: (value: Money | null) => void;
}

/** An amount in the record's currency, or the organization's for a new one. Amounts stay decimal texts. */
export function MoneyInput({ value, onChange, ...rest }: Props) {
  const { organization } = useSession();
  const money = value as Money | null | undefined;
  const currency = money?.currency_code || organization.currency;
  return (
    <NumberInput
      {...rest}
      value={money?.amount ?? ""}
      onChange={(entered) => onChange(entered === "" ? null : { currency_code: currency, amount: String(entered) })}
      thousandSeparator=","
      decimalScale={9}
      hideControls
      rightSection={<span style={{ fontSize: 12, color: "var(--mantine-color-dimmed)" }}>{currency}</span>}
      rightSectionWidth={52}
    />
  );
}
