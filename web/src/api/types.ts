/** Shapes of the answers, in the server's own names; what the contract leaves generic is `unknown` here. */

export type Language = "zh" | "en";

export interface Label {
  zh: string;
  en: string;
}

export interface Choice {
  value: string;
  label: Label;
  color: string;
}

export type Kind =
  | "text" | "long_text" | "email" | "phone" | "url"
  | "integer" | "decimal" | "percent" | "money"
  | "date" | "time" | "boolean"
  | "choice" | "choices" | "reference" | "references"
  | "time_zone" | "currency" | "language" | "color"
  | "map" | "lines" | "files" | "object";

/** A field of a module (`guanxi.identity.v1.ModuleField`). */
export interface Field {
  /** As in records, filters, masks and mappings; `custom.<key>` for the organization's own. */
  name: string;
  kind: Kind;
  label: Label;
  required: boolean;
  output_only: boolean;
  immutable: boolean;
  input_only: boolean;
  read_only: boolean;
  filterable: boolean;
  sortable: boolean;
  searchable: boolean;
  listed: boolean;
  /** Type of the referred record, such as `customers.Account`. */
  reference: string;
  choices: Choice[];
  max_length: number;
  position: number;
  /** What a person should know who fills it in. */
  help?: Label;
  /** It is asked for and shown only where another field has one of these values. */
  when?: { field?: string; values?: string[] };
  /** Heading under which it is shown; fields without one come first. */
  section?: Label;
  /** What a new record holds where nothing is given. */
  default_value?: unknown;
  /** The module it belongs to; of a record's own fields. */
  module?: string;
  /** Of `lines`: the fields of each. */
  fields?: Field[];
}

/** `guanxi.identity.v1.Area` */
export interface Area {
  name: string;
  label: Label;
  grantable?: string[];
  operations?: string[];
}

/** `guanxi.identity.v1.Module` */
export interface Module {
  /** The collection: `accounts`. */
  name: string;
  service: string;
  /** `customers.Account` */
  type: string;
  label: Label;
  plural: Label;
  title_field: string;
  owned: boolean;
  custom_fields: boolean;
  importable: boolean;
  mergeable: boolean;
  keys: string[];
  /** What the caller may do: `view`, `create`, `edit`, … */
  operations: string[];
  fields: Field[];
  /** Of a module that the organization made. */
  icon?: string;
  color?: string;
}

export interface Rec {
  id: string;
  etag?: string;
  create_time?: string;
  update_time?: string;
  delete_time?: string;
  created_by?: string;
  owner_id?: string;
  external_ids?: Record<string, string>;
  custom?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface Page {
  records: Rec[];
  nextPageToken: string;
  /** Counted up to 10,001. */
  totalSize: number;
}

export interface Money {
  currency_code: string;
  amount: string;
}

export interface Membership {
  organization_id: string;
  organization_name: string;
}

export interface Session {
  user: {
    id: string;
    name: string;
    email: string;
    language: string;
    /** What this person reads by: their own, else the organization's. */
    time_zone: string;
    date_format: string;
    number_format: string;
  };
  organization: {
    id: string;
    name: string;
    /** By which it counts days, as reports do. */
    time_zone: string;
    currency: string;
    language: string;
    /** 1 to 12. */
    fiscal_year_start_month: number;
    /** Names the logo's picture; empty without one. */
    logo_digest: string;
  };
  roles: string[];
  memberships: Membership[];
}

export interface Hit {
  module: string;
  id: string;
  title: string;
  detail: string;
}

export interface ApiToken {
  id: string;
  name: string;
  create_time?: string;
  expire_time?: string;
  last_use_time?: string;
  scopes?: string[];
}

export interface ApiClientSecret {
  id: string;
  /** How it ends. */
  hint: string;
  create_time?: string;
  last_use_time?: string;
}

export interface OwnSession {
  id: string;
  device: string;
  address: string;
  create_time?: string;
  last_use_time?: string;
  expire_time?: string;
  current: boolean;
}

export interface AuditEntry {
  number: string | number;
  time: string;
  actor_id: string;
  actor_name: string;
  actor_kind: string;
  address: string;
  resource: string;
  record_id: string;
  verb: string;
  changed_fields: string[];
  before: string;
  after: string;
}
