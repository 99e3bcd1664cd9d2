import { Alert } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Problem } from "~/lib/problem";
import { RequestId } from "~/primitives/states";

/** Why a step was refused, read out at once. */
export function Refused({ problem, title }: { problem: Problem; title?: string }) {
  const { t } = useTranslation();
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<TriangleAlert size={16} aria-hidden />}
      title={title ?? t(`problems.${problem.kind}.title`, { defaultValue: problem.title })}
    >
      {problem.errors.length === 0 && problem.detail}
      {problem.errors.map((error) => (
        <div key={`${error.field}${error.code}`}>{error.message}</div>
      ))}
      {problem.requestId && problem.status >= 500 && <RequestId id={problem.requestId} />}
    </Alert>
  );
}
