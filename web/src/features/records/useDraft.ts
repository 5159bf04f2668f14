/** State of a form: values, errors at their fields, and where to put the focus. */
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "~/api/errors";
import type { Field, Module } from "~/api/types";
import { useLabel } from "~/ui/useFormat";
import { missing, type Draft } from "./draft";

export function useDraft(fields: Field[], initial: Draft) {
  const { t } = useTranslation();
  const label = useLabel();
  const [draft, setDraft] = useState(initial);
  const [errors, setErrors] = useState<Record<string, string>>({});

  const change = useCallback((name: string, value: unknown) => {
    setDraft((before) => ({ ...before, [name]: value }));
    setErrors(({ [name]: _gone, ...rest }) => rest);
  }, []);

  const show = (found: Record<string, string>): void => {
    setErrors(found);
    const first = fields.find((field) => found[field.name]);
    if (first) focusField(first.name);
  };

  /** Whether every required field is filled in; shows what is missing. */
  const check = (): boolean => {
    const absent = missing(draft, fields);
    if (absent.length) show(Object.fromEntries(absent.map((field) => [field.name, t("form.required")])));
    return absent.length === 0;
  };

  /** Puts the server's violations at their fields; false where some belong to no field shown. */
  const accept = (error: unknown, module: Module): boolean => {
    if (!(error instanceof ApiError) || error.violations.length === 0) return false;
    const names = new Set(fields.map((field) => field.name));
    const found: Record<string, string> = {};
    let all = true;
    for (const { field, description } of error.violations) {
      const name = fieldOf(field, module, names);
      const shown = fields.find((one) => one.name === name);
      if (shown) found[shown.name] = labelled(description, [field, shown.name], label(shown.label));
      else all = false;
    }
    show(found);
    return all;
  };

  return { draft, setDraft, errors, change, check, accept };
}

/** A sentence of the server, which names a field as programs do, with the field's label in that place. */
export function labelled(sentence: string, names: string[], label: string): string {
  return label ? names.reduce((text, name) => text.replaceAll(`“${name}”`, `“${label}”`), sentence) : sentence;
}

/** `account.name`, `custom[size]` or `amount.amount` → the field of the form. */
function fieldOf(path: string, module: Module, names: Set<string>): string | undefined {
  const plain = path.replace(/\[["']?([\w-]+)["']?\]/g, ".$1");
  const singular = module.type.split(".").at(-1)?.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase() ?? "";
  const own = plain.startsWith(`${singular}.`) ? plain.slice(singular.length + 1) : plain;
  return [own, own.split(".").slice(0, 2).join("."), own.split(".")[0] ?? ""].find((name) => names.has(name));
}

function focusField(name: string): void {
  requestAnimationFrame(() => {
    const box = document.querySelector(`[data-field="${CSS.escape(name)}"]`);
    box?.querySelector<HTMLElement>("input, textarea, select, button")?.focus();
  });
}
