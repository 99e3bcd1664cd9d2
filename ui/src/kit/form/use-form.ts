// The state of one form: values, what differs from the start, and what is wrong, from our checks or the server's answer.
import { useCallback, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FieldError, Problem, toProblem } from "~/lib/api";
import { useLabels } from "~/lib/labels";
import { changedFields } from "~/lib/merge";
import type { FieldMeta } from "~/lib/meta";
import { check } from "./check";

export type Values = Record<string, unknown>;

export interface FormState {
  scope: string;
  fields: readonly FieldMeta[];
  values: Values;
  changed: Values;
  dirty: boolean;
  errors: FieldError[];
  /** The refusal as a whole, when it is more than field errors. */
  problem: Problem | null;
  busy: boolean;
  /** Counts refused submissions, so that the summary takes the focus each time. */
  refusals: number;
  idOf: (field: string) => string;
  set: (field: string, value: unknown) => void;
  /** Starts over from these values. */
  reset: (values: Values) => void;
  /** Checks, then sends; a Problem thrown by `send` is shown in the form. Resolves to whether it went through. */
  submit: (send: (changed: Values, values: Values) => Promise<void>) => Promise<boolean>;
}

interface FormOptions {
  /** Only what was changed is sent, so only that is checked: a stored secret that isn't shown must not be asked for again. */
  partial?: boolean;
}

export function useForm(
  scope: string,
  fields: readonly FieldMeta[],
  start: Values,
  { partial = false }: FormOptions = {},
): FormState {
  const { t } = useTranslation();
  const labels = useLabels();
  const prefix = useId();
  const [initial, setInitial] = useState(start);
  const [values, setValues] = useState(start);
  const [errors, setErrors] = useState<FieldError[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState(0);
  const changed = useMemo(() => changedFields(initial, values), [initial, values]);

  const set = useCallback((field: string, value: unknown) => {
    setValues((before) => ({ ...before, [field]: value }));
    setErrors((before) => before.filter((error) => error.field !== field));
  }, []);

  const reset = useCallback((next: Values) => {
    setInitial(next);
    setValues(next);
    setErrors([]);
    setProblem(null);
  }, []);

  const submit: FormState["submit"] = async (send) => {
    if (busy) return false;
    const checked = partial ? fields.filter((field) => field.name in changed) : fields;
    const found = check(checked, values).map(({ field, code, limit }): FieldError => {
      const meta = fields.find((one) => one.name === field);
      const label = meta ? labels.field(scope, meta) : field;
      return { field, code, message: t(`form.check.${code}`, { label, limit }) };
    });
    setErrors(found);
    setProblem(null);
    if (found.length > 0) {
      setRefusals((count) => count + 1);
      return false;
    }
    setBusy(true);
    try {
      await send(changed, values);
      return true;
    } catch (error) {
      const refused = error instanceof Problem ? error : toProblem(error);
      setErrors(refused.errors);
      setProblem(refused);
      setRefusals((count) => count + 1);
      return false;
    } finally {
      setBusy(false);
    }
  };

  return {
    scope,
    fields,
    values,
    changed,
    dirty: Object.keys(changed).length > 0,
    errors,
    problem,
    busy,
    refusals,
    idOf: (field) => `${prefix}-${field}`,
    set,
    reset,
    submit,
  };
}
