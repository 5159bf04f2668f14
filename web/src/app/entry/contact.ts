/** What people log in with: an e-mail address, or a mobile number where the system sends SMS. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { get } from "~/api/client";

const NUMBER = /^[+\d][\d\s().-]{4,}$/;

export const looksLikeEmail = (text: string): boolean => /^\S+@\S+\.\S+$/.test(text.trim());
export const looksLikeNumber = (text: string): boolean => NUMBER.test(text.trim());

/** Whether numbers are taken, and how to ask for what is. */
export function useContact() {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ["signup"],
    queryFn: ({ signal }) => get<{ phone?: boolean }>("/signup", {}, signal),
    staleTime: 60_000,
    retry: false,
  });
  const numbers = data?.phone ?? false;
  return {
    numbers,
    label: t(numbers ? "entry.contact" : "entry.email"),
    type: numbers ? "text" : "email",
    inputMode: numbers ? ("text" as const) : ("email" as const),
    validate: (text: string): string | null =>
      text.includes("@") || (numbers && looksLikeNumber(text)) ? null : t(numbers ? "entry.contactNeeded" : "entry.emailNeeded"),
  };
}
