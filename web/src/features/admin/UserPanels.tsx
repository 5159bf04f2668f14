import type { PanelProps } from "~/features/records/special";
import { EffectivePermissions } from "./EffectivePermissions";
import { UserSessions } from "./UserSessions";

/** What else there is to know of a user. */
export function UserPanels(props: PanelProps) {
  return (
    <>
      <EffectivePermissions {...props} />
      <UserSessions {...props} />
    </>
  );
}
