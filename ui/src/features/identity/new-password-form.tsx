// The form behind set-up, invitation and reset: some fields, a new password with its meter, one button.
import { Button, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { FieldInput } from "~/kit/fields";
import { ErrorSummary } from "~/kit/form/error-summary";
import { type FormState, useForm } from "~/kit/form/use-form";
import { useLabels } from "~/lib/labels";
import type { FieldMeta } from "~/lib/meta";
import type { PasswordPolicy } from "~/lib/session";
import { PasswordMeter } from "./password-meter";

interface NewPasswordFormProps {
  fields: FieldMeta[];
  /** What is known already and can be changed. */
  start?: Record<string, string>;
  submitLabel: string;
  /** Whose password it is, for the browser's own keeper of passwords. */
  account?: string;
  /** Known beforehand, such as the invited address; a password made of it is weak. */
  personal?: readonly string[];
  /** What the server asks of the password. */
  policy?: PasswordPolicy;
  autoComplete?: Record<string, string>;
  send: (values: Record<string, unknown>) => Promise<void>;
}

export function NewPasswordForm({
  fields,
  start = {},
  submitLabel,
  account,
  personal = [],
  policy,
  autoComplete,
  send,
}: NewPasswordFormProps) {
  const form = useForm("identity", fields, Object.fromEntries(fields.map((one) => [one.name, start[one.name] ?? ""])));
  const typed = fields.filter((one) => one.type !== "password").map((one) => String(form.values[one.name] ?? ""));
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void form.submit((_changed, values) => send(values));
      }}
    >
      <Stack gap={16}>
        <ErrorSummary form={form} />
        {account && <input type="text" autoComplete="username" value={account} readOnly hidden />}
        {fields.map((one, at) => (
          <One
            key={one.name}
            form={form}
            field={one}
            first={at === 0}
            autoComplete={autoComplete?.[one.name]}
            personal={[...personal, ...typed]}
            policy={policy}
          />
        ))}
        <Button type="submit" loading={form.busy} fullWidth size="md">
          {submitLabel}
        </Button>
      </Stack>
    </form>
  );
}

interface OneProps {
  form: FormState;
  field: FieldMeta;
  first: boolean;
  autoComplete?: string;
  personal: readonly string[];
  policy?: PasswordPolicy;
}

function One({ form, field, first, autoComplete, personal, policy }: OneProps) {
  const { t } = useTranslation();
  const labels = useLabels();
  const error = form.errors.find((one) => one.field === field.name)?.message ?? null;
  const value = form.values[field.name];
  return (
    <div>
      <FieldInput
        field={field}
        scope={form.scope}
        id={form.idOf(field.name)}
        label={labels.field(form.scope, field)}
        help={field.help}
        value={value}
        onChange={(next) => form.set(field.name, next)}
        error={error}
        disabled={form.busy}
        autoFocus={first}
        autoComplete={autoComplete}
      />
      {field.type === "password" && (
        <section aria-label={t("password.requirements")} style={{ marginTop: 8 }}>
          <PasswordMeter
            password={String(value ?? "")}
            personal={personal}
            refused={error}
            shortest={policy?.shortest}
            ingredients={policy?.ingredients}
          />
        </section>
      )}
    </div>
  );
}
