import { IconMail, IconMapPin, IconMessage, IconNote, IconPhone, IconUsersGroup, type Icon } from "@tabler/icons-react";

export const KIND_ICONS: Record<string, Icon> & { note: Icon } = {
  call: IconPhone, email: IconMail, meeting: IconUsersGroup, visit: IconMapPin, chat: IconMessage, note: IconNote,
};

const COMMON = ["subject", "body", "mentioned_ids"];
const STEP = ["next_step", "next_step_date"];

/** What is asked of each kind, in order. */
export const ASKED: Record<string, string[]> = {
  call: [...COMMON, "direction", "outcome", "start_time", "duration_minutes", ...STEP],
  email: [...COMMON, "direction", "start_time", ...STEP],
  meeting: [...COMMON, "start_time", "duration_minutes", "outcome", ...STEP],
  visit: [...COMMON, "start_time", "duration_minutes", "outcome", ...STEP],
  chat: [...COMMON, "direction", "start_time", ...STEP],
  note: [...COMMON, ...STEP],
};
