// Short notes at the edge of the screen. A failure carries its request id, to copy into a question for help.
import { Code, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { Check, TriangleAlert } from "lucide-react";
import { CopyButton } from "~/primitives/copy-button";
import { Problem, toProblem } from "./problem";

export function toastDone(message: string, extra?: React.ReactNode): void {
  notifications.show({
    color: "green",
    icon: <Check size={14} aria-hidden />,
    message: extra ? (
      <Group gap={8} justify="space-between" wrap="nowrap">
        <span>{message}</span>
        {extra}
      </Group>
    ) : (
      message
    ),
    withBorder: true,
  });
}

/** For an action that was done and found something wrong, such as a connection that doesn't answer. */
export function toastFailed(message: string): void {
  notifications.show({
    color: "red",
    icon: <TriangleAlert size={14} aria-hidden />,
    message,
    autoClose: 15_000,
    withBorder: true,
  });
}

/** For failures that have no place of their own on the page; a form shows its own errors instead. */
export function toastProblem(error: unknown, title?: string): void {
  const problem = error instanceof Problem ? error : toProblem(error);
  const named = problem.heading;
  const lines = [title ? named : null, problem.detail, ...problem.errors.map((one) => one.message)].filter(Boolean);
  notifications.show({
    color: "red",
    icon: <TriangleAlert size={14} aria-hidden />,
    title: title ?? named,
    autoClose: 15_000,
    withBorder: true,
    message: (
      <>
        {[...new Set(lines)].map((line) => (
          <div key={line}>{line}</div>
        ))}
        {problem.requestId && (
          <Group gap={4} mt={4} wrap="nowrap">
            <Code fz={11}>{problem.requestId}</Code>
            <CopyButton value={problem.requestId} label={i18next.t("states.copyRequestId")} />
          </Group>
        )}
      </>
    ),
  });
}
