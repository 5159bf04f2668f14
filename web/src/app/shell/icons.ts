import {
  IconAddressBook, IconApi, IconBell, IconBox, IconBuilding, IconBuildingSkyscraper, IconBuildingWarehouse, IconCalendarEvent, IconCalendarOff, IconCategory, IconChecklist, IconForms, IconHierarchy2, IconId, IconMail,
  IconMessages, IconRoute,
  IconShieldLock, IconSquareRounded, IconStairs, IconTags, IconTargetArrow, IconTicket, IconUserSearch, IconUsers, IconUsersGroup, IconWorldWww, type Icon,
} from "@tabler/icons-react";

const ICONS: Record<string, Icon> = {
  accounts: IconBuilding,
  api_clients: IconApi,
  contacts: IconAddressBook,
  interactions: IconMessages,
  tasks: IconChecklist,
  reminders: IconBell,
  reminder_rules: IconCalendarEvent,
  leads: IconUserSearch,
  forms: IconWorldWww,
  account_contacts: IconId,
  products: IconBox,
  product_categories: IconCategory,
  stock_movements: IconBuildingWarehouse,
  opportunities: IconTargetArrow,
  pipelines: IconRoute,
  stages: IconStairs,
  tickets: IconTicket,
  channels: IconMail,
  users: IconUsers,
  teams: IconHierarchy2,
  roles: IconShieldLock,
  custom_fields: IconForms,
  organizations: IconBuildingSkyscraper,
  holidays: IconCalendarOff,
  tags: IconTags,
  groups: IconUsersGroup,
};

export function iconOf(module: string): Icon {
  return ICONS[module] ?? IconSquareRounded;
}
