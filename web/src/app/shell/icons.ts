import {
  IconBriefcase, IconCar, IconCoin, IconFile, IconFlag, IconFolder, IconHeart, IconHome, IconRocket, IconSchool, IconStar, IconTool, IconTruck,
  IconAddressBook, IconApi, IconApps, IconBell, IconBox, IconBuilding, IconBuildingSkyscraper, IconBuildingWarehouse, IconCalendarEvent, IconCalendarOff, IconCategory, IconChecklist, IconCopyCheck, IconForms, IconHierarchy2, IconId, IconMail,
  IconCash, IconCurrencyYuan, IconReceipt, IconTrophy,
  IconMessages, IconRoute,
  IconShieldLock, IconSquareRounded, IconStairs, IconTags, IconTargetArrow, IconTicket, IconTruckDelivery, IconUserSearch, IconUsers, IconUsersGroup, IconWorldWww, type Icon,
} from "@tabler/icons-react";

const ICONS: Record<string, Icon> = {
  accounts: IconBuilding,
  api_clients: IconApi,
  contacts: IconAddressBook,
  interactions: IconMessages,
  tasks: IconChecklist,
  reminders: IconBell,
  reminder_rules: IconCalendarEvent,
  duplicate_rules: IconCopyCheck,
  leads: IconUserSearch,
  forms: IconWorldWww,
  account_contacts: IconId,
  products: IconBox,
  product_categories: IconCategory, IconCurrencyYuan,
  stock_movements: IconBuildingWarehouse,
  orders: IconReceipt,
  shipments: IconTruckDelivery,
  payments: IconCash,
  exchange_rates: IconCurrencyYuan,
  spending_classes: IconTrophy,
  opportunities: IconTargetArrow,
  pipelines: IconRoute,
  stages: IconStairs,
  tickets: IconTicket,
  channels: IconMail,
  users: IconUsers,
  teams: IconHierarchy2,
  roles: IconShieldLock,
  custom_fields: IconForms,
  custom_modules: IconApps,
  organizations: IconBuildingSkyscraper,
  holidays: IconCalendarOff,
  tags: IconTags,
  groups: IconUsersGroup,
};

/** What administrators choose from for modules of their own. */
const CHOSEN: Record<string, Icon> = {
  briefcase: IconBriefcase,
  building: IconBuilding,
  file: IconFile,
  folder: IconFolder,
  calendar: IconCalendarEvent,
  box: IconBox,
  tool: IconTool,
  truck: IconTruck,
  star: IconStar,
  flag: IconFlag,
  heart: IconHeart,
  school: IconSchool,
  home: IconHome,
  car: IconCar,
  coin: IconCoin,
  rocket: IconRocket,
};

/** The sign of a module; `chosen` is that of one which the organization made. */
export function iconOf(module: string, chosen?: string): Icon {
  return (chosen && CHOSEN[chosen]) || ICONS[module] || IconSquareRounded;
}
