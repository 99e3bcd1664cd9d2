import { Stack } from "@mantine/core";
import { FieldInput } from "~/kit/fields";
import { useLabels } from "~/lib/labels";
import { narrowed } from "./schema";
import type { FormState } from "./use-form";

interface FormFieldsProps {
  form: FormState;
  /** The field that takes the focus when the form opens; the first one unless told. */
  focus?: string | null;
  autoComplete?: Record<string, string>;
  /** What the object says in fields that this form doesn't have. */
  beside?: Record<string, unknown>;
}

/** All fields of a form, one under the other. */
export function FormFields({ form, focus, autoComplete, beside }: FormFieldsProps) {
  const labels = useLabels();
  const first = focus === undefined ? form.fields[0]?.name : focus;
  return (
    <Stack gap={16}>
      {form.fields.map((field) => (
        <FieldInput
          key={field.name}
          field={narrowed(field, { ...beside, ...form.values })}
          scope={form.scope}
          id={form.idOf(field.name)}
          label={labels.field(form.scope, field)}
          help={labels.help(form.scope, field)}
          value={form.values[field.name]}
          onChange={(value) => form.set(field.name, value)}
          error={form.errors.find((error) => error.field === field.name)?.message ?? null}
          disabled={form.busy}
          autoFocus={field.name === first}
          autoComplete={autoComplete?.[field.name]}
        />
      ))}
    </Stack>
  );
}
