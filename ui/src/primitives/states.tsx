// The states a place can be in when it has no rows to show. Each is told apart at a glance and says what to do next.
import { Anchor, Button, Code, Group, Stack, Text } from "@mantine/core";
import { CloudOff, FilterX, Inbox, Lock, SearchX, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { CopyButton } from "./copy-button";
import classes from "./states.module.css";

interface StateBlockProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** `alert` is read out at once; the quiet ones wait their turn. */
  role?: "alert" | "status";
  tone?: "quiet" | "bad";
}

export function StateBlock({ icon, title, children, action, role = "status", tone = "quiet" }: StateBlockProps) {
  return (
    <Stack className={classes.block} role={role} align="center" gap={8}>
      <div className={classes.icon} data-tone={tone}>
        {icon}
      </div>
      <Text fw={600} fz={14} ta="center">
        {title}
      </Text>
      {children && (
        <Text component="div" c="dimmed" fz={13} ta="center" maw={440}>
          {children}
        </Text>
      )}
      {action && (
        <Group gap={8} mt={8} justify="center">
          {action}
        </Group>
      )}
    </Stack>
  );
}

/** Nothing has been made yet: says what would stand here and how to make the first. */
export function NothingYet({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <StateBlock icon={<Inbox size={20} aria-hidden />} title={title} action={action}>
      {children}
    </StateBlock>
  );
}

/** There are objects, but none that fit the filter or search. */
export function NoMatch({ onClear }: { onClear?: () => void }) {
  const { t } = useTranslation();
  return (
    <StateBlock
      icon={<FilterX size={20} aria-hidden />}
      title={t("states.noMatch")}
      action={
        onClear && (
          <Button variant="default" onClick={onClear}>
            {t("states.clearFilters")}
          </Button>
        )
      }
    >
      {t("states.noMatchHelp")}
    </StateBlock>
  );
}

/** Not allowed: names the missing permission and who can grant it. */
export function NoPermission({ permission }: { permission?: string | null }) {
  const { t } = useTranslation();
  const member = useSurface().kind === "organization";
  return (
    <StateBlock icon={<Lock size={20} aria-hidden />} title={t("states.noPermission")}>
      {t(member ? "states.noPermissionMember" : "states.noPermissionHelp")}
      {permission && (
        <>
          {" "}
          {t("states.missing")} <Code>{permission}</Code>
        </>
      )}
    </StateBlock>
  );
}

export function NotFound({ action }: { action?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <StateBlock icon={<SearchX size={20} aria-hidden />} title={t("states.notFound")} action={action}>
      {t("states.notFoundHelp")}
    </StateBlock>
  );
}

/** Something went wrong: what, the request id to name when asking for help, and a way to try again. */
interface FailedProps {
  problem: Problem;
  onRetry?: () => void;
  /** When something else than trying again helps. */
  retryLabel?: string;
}

export function Failed({ problem, onRetry, retryLabel }: FailedProps) {
  const { t } = useTranslation();
  if (problem.kind === "forbidden") return <NoPermission permission={problem.permission} />;
  if (problem.kind === "not-found") return <NotFound />;
  const away = problem.kind === "network" || problem.kind === "unavailable";
  return (
    <StateBlock
      icon={away ? <CloudOff size={20} aria-hidden /> : <TriangleAlert size={20} aria-hidden />}
      title={problem.heading}
      role="alert"
      tone="bad"
      action={
        onRetry && (
          <Button variant="default" onClick={onRetry}>
            {retryLabel ?? t("states.retry")}
          </Button>
        )
      }
    >
      {problem.detail ?? t(`problems.${problem.kind}.help`, { defaultValue: "" })}
      {problem.requestId && <RequestId id={problem.requestId} />}
    </StateBlock>
  );
}

export function RequestId({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <Group gap={4} justify="center" mt={4} wrap="nowrap">
      <Text span fz={12} c="dimmed">
        {t("states.requestId")}
      </Text>
      <Code fz={11}>{id}</Code>
      <CopyButton value={id} label={t("states.copyRequestId")} />
    </Group>
  );
}

/** What is on screen may be out of date: the last attempt to refresh it failed. */
export function StaleNotice({ onRetry }: { onRetry?: () => void }) {
  const { t } = useTranslation();
  return (
    <Group className={classes.stale} role="status" gap={8}>
      <CloudOff size={14} aria-hidden />
      <Text span fz={12}>
        {t("states.stale")}
      </Text>
      {onRetry && (
        <Anchor component="button" type="button" fz={12} onClick={onRetry}>
          {t("states.retry")}
        </Anchor>
      )}
    </Group>
  );
}
