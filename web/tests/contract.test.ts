/**
 * The shapes the client is written with, against the gateway's own description (`make api`). What is checked are
 * types: this file compiles only while every name the client uses is in the contract.
 */
import { expect, it } from "vitest";
import type { components } from "../src/api/schema";
import type { ApiToken, AuditEntry, Field, Hit, Module, OwnSession } from "../src/api/types";
import type { Column as ImportColumn, Counts, FileFormat, Import, Issue, Mapping, Repair, Row } from "../src/features/imports/api";
import type { Column, Line, Report, Result } from "../src/features/reports/api";

type Contract = components["schemas"];

/** `true`, or the names that the contract does not know. */
type Knows<Theirs, Ours> = Exclude<keyof Ours, keyof Theirs> extends never ? true : Exclude<keyof Ours, keyof Theirs>;

const known: [
  Knows<Contract["ApiToken"], ApiToken>,
  Knows<Contract["AuditEntry"], AuditEntry>,
  Knows<Contract["ModuleField"], Field>,
  Knows<Contract["Hit"], Hit>,
  Knows<Contract["Module"], Module>,
  Knows<Contract["Session"], OwnSession>,
  Knows<Contract["Import"], Import>,
  Knows<Contract["ImportColumn"], ImportColumn>,
  Knows<Contract["Counts"], Counts>,
  Knows<Contract["Format"], FileFormat>,
  Knows<Contract["Issue"], Issue>,
  Knows<Contract["Mapping"], Mapping>,
  Knows<Contract["Repair"], Repair>,
  Knows<Contract["Row"], Row>,
  Knows<Contract["ReportingColumn"], Column>,
  Knows<Contract["ReportRow"], Line>,
  Knows<Contract["Report"], Report>,
  Knows<Contract["RunReportResponse"], Result>,
] = Array.from({ length: 18 }, () => true) as never;

it("uses only names that the contract has", () => {
  expect(known.every(Boolean)).toBe(true);
});
