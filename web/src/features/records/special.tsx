/**
 * What a few modules need beyond the metadata: inputs for structured fields, own actions, own panels. Everything else
 * is the same for all modules.
 */
import { lazy, type ComponentType } from "react";
import type { Field, Module, Rec } from "~/api/types";
import { editableFields, readableFields } from "~/app/metadata";

export interface SpecialInputProps {
  field: Field;
  value: unknown;
  onChange?: (value: unknown) => void;
  error?: string;
  /** The other values of the form, by field. */
  draft: Record<string, unknown>;
}

export interface PanelProps {
  module: Module;
  record: Rec;
}

/** By `<module>.<field>`; without `onChange` they show the value. */
const INPUTS: Record<string, ComponentType<SpecialInputProps>> = {
  "tasks.recurrence": lazy(() => import("~/features/activity/RecurrenceInput").then((m) => ({ default: m.RecurrenceField }))),
  "reminders.module": lazy(() => import("~/features/activity/ReminderFields").then((m) => ({ default: m.ReminderModule }))),
  "reminders.record_id": lazy(() => import("~/features/activity/ReminderFields").then((m) => ({ default: m.ReminderRecord }))),
  "reminder_rules.field": lazy(() => import("~/features/activity/ReminderFields").then((m) => ({ default: m.DateField }))),
  "tasks.checklist": lazy(() => import("~/features/activity/Checklist").then((m) => ({ default: m.ChecklistField }))),
  "roles.grants": lazy(() => import("~/features/admin/GrantMatrix").then((m) => ({ default: m.GrantMatrix }))),
  "roles.field_rules": lazy(() => import("~/features/admin/FieldRules").then((m) => ({ default: m.FieldRules }))),
  "users.initial_password": lazy(() => import("~/features/admin/InitialPassword").then((m) => ({ default: m.InitialPasswordField }))),
  "custom_fields.choices": lazy(() => import("~/features/admin/ChoicesEditor").then((m) => ({ default: m.ChoicesEditor }))),
  "organizations.fiscal_year_start_month": lazy(() => import("~/features/admin/organization/MonthInput").then((m) => ({ default: m.MonthInput }))),
  "api_clients.scopes": lazy(() => import("~/features/admin/Scopes").then((m) => ({ default: m.ScopesField }))),
  "api_clients.secret_ids": lazy(() => import("~/features/admin/ApiClientSecrets").then((m) => ({ default: m.SecretCount }))),
  "custom_fields.reference": lazy(() => import("~/features/admin/ModuleInput").then((m) => ({ default: m.TypeInput }))),
  "forms.fields": lazy(() => import("~/features/forms/AskedFields").then((m) => ({ default: m.AskedFields }))),
  "forms.token": lazy(() => import("~/features/forms/FormAddress").then((m) => ({ default: m.FormAddress }))),
  "groups.filter": lazy(() => import("~/features/groups/GroupFilter").then((m) => ({ default: m.GroupFilter }))),
  "orders.lines": lazy(() => import("~/features/sales/LineEditor").then((m) => ({ default: m.LineField }))),
  "custom_fields.module": lazy(() => import("~/features/admin/ModuleInput").then((m) => ({ default: m.ModuleInput }))),
};

export interface CellProps {
  field: Field;
  record: Rec;
}

/** By `<module>.<field>`: what a list shows beside the value. */
const CELLS: Record<string, ComponentType<CellProps>> = {
  "users.role_ids": lazy(() => import("~/features/admin/AccessInShort").then((m) => ({ default: m.AccessInShort }))),
};

const ACTIONS: Record<string, ComponentType<PanelProps>> = {
  tasks: lazy(() => import("~/features/activity/TaskActions").then((m) => ({ default: m.TaskActions }))),
  roles: lazy(() => import("~/features/admin/CloneRole").then((m) => ({ default: m.CloneRole }))),
  users: lazy(() => import("~/features/admin/UserActions").then((m) => ({ default: m.UserActions }))),
  leads: lazy(() => import("~/features/leads/LeadActions").then((m) => ({ default: m.LeadActions }))),
  orders: lazy(() => import("~/features/sales/OrderActions").then((m) => ({ default: m.OrderActions }))),
  channels: lazy(() => import("~/features/admin/TestChannel").then((m) => ({ default: m.TestChannel }))),
};

const PANELS: Record<string, ComponentType<PanelProps>> = {
  accounts: lazy(() => import("~/features/sales/AccountPanels").then((m) => ({ default: m.AccountPanels }))),
  groups: lazy(() => import("~/features/groups/GroupMembers").then((m) => ({ default: m.GroupMembers }))),
  api_clients: lazy(() => import("~/features/admin/ApiClientSecrets").then((m) => ({ default: m.ApiClientSecrets }))),
  opportunities: lazy(() => import("./StageHistory").then((m) => ({ default: m.StageHistory }))),
  users: lazy(() => import("~/features/admin/UserPanels").then((m) => ({ default: m.UserPanels }))),
};

/** Whether a field means something beside the other values of the record. */
export function applies({ when }: Field, values: Record<string, unknown>): boolean {
  return !when?.field || (when.values ?? []).includes(String(values[when.field] ?? ""));
}

export function specialInput(module: Module, field: Field): ComponentType<SpecialInputProps> | undefined {
  return INPUTS[`${module.name}.${field.name}`];
}

export const specialCell = (module: Module, field: Field): ComponentType<CellProps> | undefined => CELLS[`${module.name}.${field.name}`];
export const specialActions = (module: Module): ComponentType<PanelProps> | undefined => ACTIONS[module.name];
export const specialPanel = (module: Module): ComponentType<PanelProps> | undefined => PANELS[module.name];

/** Moved by steps of their own; programs and files may say it of a new record. */
const BY_STEPS = new Set(["orders.status", "users.active"]);

/** The metadata's fields of a form, and the structured ones that have an input here. */
export function formFields(module: Module, creating: boolean): Field[] {
  const plain = new Set(editableFields(module, creating));
  return module.fields.filter((field) => !BY_STEPS.has(`${module.name}.${field.name}`) && (plain.has(field) || (field.kind === "object" && !field.output_only && !field.read_only && specialInput(module, field))));
}

export function shownFields(module: Module): Field[] {
  const plain = new Set(readableFields(module));
  return module.fields.filter((field) => plain.has(field) || (field.kind === "object" && specialInput(module, field)));
}

/** Panels of their own show what refers to these. */
const UNRELATED = new Set(["groups"]);

export const showsRelated = (module: Module): boolean => !UNRELATED.has(module.name);

/** Takes the whole width of a form. */
export function isWide(field: Field): boolean {
  return field.kind === "long_text" || field.kind === "lines" || field.kind === "files" || field.kind === "object";
}
