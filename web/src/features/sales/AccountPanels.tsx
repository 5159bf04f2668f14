import { AccountTree } from "~/features/customers/AccountTree";
import type { PanelProps } from "~/features/records/special";
import { PurchaseHistory } from "./PurchaseHistory";

/** What an account has bought, and the companies it belongs with. */
export function AccountPanels(props: PanelProps) {
  return (
    <>
      <PurchaseHistory {...props} />
      <AccountTree {...props} />
    </>
  );
}
