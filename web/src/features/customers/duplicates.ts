/** Records that somebody may be already, and why. */
import { queryOptions } from "@tanstack/react-query";
import { get } from "~/api/client";
import type { Rec } from "~/api/types";

export const REASONS = ["NAME", "EMAIL", "PHONE", "DOMAIN", "NAME_AND_COMPANY", "SIMILAR_NAME"] as const;
export type Reason = (typeof REASONS)[number];

interface Answer {
  accounts?: { account: Rec; reasons?: string[] }[];
  contacts?: { contact: Rec; reasons?: string[] }[];
}

export interface Candidate {
  record: Rec;
  reasons: Reason[];
}

export interface Candidates {
  accounts: Candidate[];
  contacts: Candidate[];
}

const PREFIX = "DUPLICATE_REASON_";

export function reasonsOf(names: string[] | undefined): Reason[] {
  return REASONS.filter((reason) => names?.includes(PREFIX + reason));
}

export function candidatesOf(answer: Answer): Candidates {
  return {
    accounts: (answer.accounts ?? []).map(({ account, reasons }) => ({ record: account, reasons: reasonsOf(reasons) })),
    contacts: (answer.contacts ?? []).map(({ contact, reasons }) => ({ record: contact, reasons: reasonsOf(reasons) })),
  };
}

/** Whether this is more than a name that sounds alike. */
export const isLikely = ({ reasons }: Candidate): boolean => reasons.some((reason) => reason !== "SIMILAR_NAME");

export interface Typed {
  name: string;
  company: string;
  phone: string;
  email: string;
}

export const typedQuery = (typed: Typed) =>
  queryOptions({
    queryKey: ["duplicates", "typed", typed],
    queryFn: async ({ signal }) => candidatesOf(await get<Answer>("/customers:findDuplicates", { ...typed }, signal)),
    enabled: Boolean(typed.company.trim().length > 1 || typed.phone.trim().length > 5 || typed.email.includes("@")),
  });

export const leadQuery = (id: string) =>
  queryOptions({
    queryKey: ["duplicates", "lead", id],
    queryFn: async ({ signal }) => candidatesOf(await get<Answer>(`/leads/${id}:findDuplicates`, undefined, signal)),
    staleTime: 0,
  });
