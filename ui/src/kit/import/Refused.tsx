import { Alert } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import type { Problem } from "~/lib/problem";
import { RequestId } from "~/primitives/states";

/** Why a step was refused, read out at once. */
export function Refused({ problem, title }: { problem: Problem; title?: string }) {
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<TriangleAlert size={16} aria-hidden />}
      title={title ?? problem.heading}
    >
      {problem.errors.length === 0 && problem.detail}
      {problem.errors.map((error) => (
        <div key={`${error.field}${error.code}`}>{error.message}</div>
      ))}
      {problem.requestId && problem.status >= 500 && <RequestId id={problem.requestId} />}
    </Alert>
  );
}
