import { Alert, Anchor } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLabels } from "~/lib/labels";
import { RequestId } from "~/primitives/states";
import type { FormState } from "./use-form";

/** What is wrong, at the top of the form, each line leading to its field. Takes the focus when a submission is refused. */
export function ErrorSummary({ form }: { form: FormState }) {
  const { t } = useTranslation();
  const labels = useLabels();
  const box = useRef<HTMLDivElement>(null);
  const { problem, errors, refusals } = form;
  const shown = problem !== null || errors.length > 0;

  useEffect(() => {
    if (refusals > 0) box.current?.focus();
  }, [refusals]);

  if (!shown) return null;
  const title = problem && errors.length === 0 ? problem.heading : t("form.needsAttention", { count: errors.length });
  const known = (name: string) => form.fields.find((field) => field.name === name);

  return (
    <Alert
      ref={box}
      tabIndex={-1}
      role="alert"
      color="red"
      variant="light"
      icon={<TriangleAlert size={16} aria-hidden />}
      title={title}
    >
      {problem?.detail && errors.length === 0 && <div>{problem.detail}</div>}
      {problem && !problem.detail && errors.length === 0 && t(`problems.${problem.kind}.help`, { defaultValue: "" })}
      {problem?.retryAfter && <div>{t("form.retryAfter", { count: problem.retryAfter })}</div>}
      {errors.length > 0 && (
        <ul style={{ margin: 0, paddingInlineStart: 16 }}>
          {errors.map((error) => {
            const field = known(error.field);
            if (!field) return <li key={`${error.field}${error.code}`}>{error.message}</li>;
            return (
              <li key={`${error.field}${error.code}`}>
                <Anchor
                  href={`#${form.idOf(error.field)}`}
                  fz="inherit"
                  c="inherit"
                  underline="always"
                  onClick={(event) => {
                    event.preventDefault();
                    document.getElementById(form.idOf(error.field))?.focus();
                  }}
                >
                  {labels.field(form.scope, field)}
                </Anchor>
                {": "}
                {error.message}
              </li>
            );
          })}
        </ul>
      )}
      {problem?.requestId && problem.status >= 500 && <RequestId id={problem.requestId} />}
    </Alert>
  );
}
