/**
 * A change of tables: its form, and below it what it comes to, which follows what is typed. What was seen is what is run:
 * when somebody else changes the tables meanwhile, the new plan is shown first.
 */
import { Button, Drawer, Loader, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { LeaveDialog, UnsavedGuard } from "~/kit/form/unsaved-guard";
import { SmallButton } from "~/kit/grid";
import { type Problem, toProblem } from "~/lib/problem";
import { useSurface } from "~/lib/surface";
import { toastDone } from "~/lib/toast";
import { SensitiveSql } from "../masking/SensitiveSql";
import rowClasses from "../row/row.module.css";
import { SqlToRun } from "../SqlToRun";
import { PlanPanel, PlanProblem } from "./PlanPanel";
import classes from "./plan.module.css";
import { applyPlan, type Change, fieldOf, planQuery, tablesChanged } from "./schema";
import { TakeOver } from "./TakeOver";

/** Says what is wrong with a field of the form, once the server has looked. */
export type FieldError = (field: string) => string | undefined;

interface ChangeDrawerProps {
  source: string;
  title: string;
  /** What the form comes to; null until it says enough. */
  changes: readonly Change[] | null;
  /** Whether something was typed that would be lost. */
  dirty?: boolean;
  /** What is done can't be undone without loss. */
  danger?: boolean;
  apply: string;
  onClose: () => void;
  onDone?: () => void;
  children?: (error: FieldError) => ReactNode;
}

export function ChangeDrawer(props: ChangeDrawerProps) {
  const { source, title, changes, dirty = false, danger = false, apply, onClose, onDone, children } = props;
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { base } = useSurface();
  const [settled] = useDebouncedValue(JSON.stringify(changes), 300);
  const asked: readonly Change[] | null = settled === "null" ? null : JSON.parse(settled);
  const plan = useQuery(planQuery(source, asked));
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [refused, setRefused] = useState<{ of: string; problem: Problem } | null>(null);
  const isCurrent = settled === JSON.stringify(changes) && !plan.isFetching;
  const unplanned = plan.error ? toProblem(plan.error) : null;
  const problem = refused?.of === settled ? refused.problem : null;
  const errors = unplanned?.errors ?? problem?.errors ?? [];
  const error: FieldError = (field) => fieldOf(errors, field);
  // What belongs to others or is used by others would be refused.
  const isFree = plan.data?.foreign.length === 0 && !plan.data.used_by.some((one) => one.effect === "blocks");
  const ready = isCurrent && plan.data && isFree ? plan.data : null;

  const run = async () => {
    if (!ready || !asked) return;
    setBusy(true);
    setRefused(null);
    try {
      const made = await applyPlan(source, asked, ready.hash);
      setDone(true);
      const isBack = asked.some((one) => one.change === "take_back");
      toastDone(
        t(isBack ? "explorer.schema.tookBack" : "explorer.schema.done"),
        !isBack && ready.down.length > 0 && (
          <SmallButton
            variant="light"
            leftSection={<Undo2 size={13} aria-hidden />}
            onClick={() =>
              void navigate({ to: `${base}/schema-changes/${made}` as never, search: { back: "1" } as never })
            }
          >
            {t("explorer.schema.takeBack")}
          </SmallButton>
        ),
      );
      await tablesChanged(client, source);
      onDone?.();
      onClose();
    } catch (caught) {
      const found = toProblem(caught);
      setRefused({ of: settled, problem: found });
      // What is there has changed: its new plan is to be seen first.
      if (found.kind === "conflict") await plan.refetch();
    } finally {
      setBusy(false);
    }
  };
  const close = () => (dirty && !done ? setLeaving(true) : onClose());
  return (
    <Drawer.Root opened onClose={close} position="right" size={600}>
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content aria-label={title}>
        <Drawer.Header className={rowClasses.head}>
          <Drawer.Title>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label={t("primitives.close")} />
        </Drawer.Header>
        <Drawer.Body p={0}>
          <form
            noValidate
            onSubmit={(e) => {
              e.preventDefault();
              void run();
            }}
          >
            <div className={classes.body}>
              {children?.(error)}
              <section className={children ? classes.preview : undefined} aria-live="polite">
                {children && (
                  <h3 className={classes.previewTitle}>
                    {t("explorer.schema.preview")} {plan.isFetching && <Loader size={10} ml={4} />}
                  </h3>
                )}
                {problem?.reveal ? (
                  <SensitiveSql source={source} problem={problem} onAgain={() => void run()} />
                ) : (
                  problem && <PlanProblem text={problem.detail ?? problem.title} />
                )}
                {plan.data && asked && !unplanned ? (
                  <>
                    {plan.data.foreign.map((owner) => (
                      <TakeOver key={owner.schema + owner.name} source={source} owner={owner} />
                    ))}
                    <PlanPanel plan={plan.data} />
                  </>
                ) : unplanned && asked ? (
                  <PlanProblem
                    text={errors[0]?.message ?? unplanned.detail ?? unplanned.title}
                    sql={unplanned.sql && <SqlToRun sql={unplanned.sql} />}
                  />
                ) : asked || changes ? (
                  <Loader size={16} />
                ) : (
                  <Text fz={13} c="dimmed">
                    {t("explorer.schema.fillIn")}
                  </Text>
                )}
              </section>
            </div>
            <div className={classes.foot}>
              <UnsavedGuard dirty={dirty && !done} within />
              <LeaveDialog opened={leaving} onStay={() => setLeaving(false)} onLeave={onClose} />
              <Button variant="default" onClick={close}>
                {t("explorer.cancel")}
              </Button>
              <Button type="submit" color={danger ? "red" : undefined} loading={busy} disabled={!ready}>
                {apply}
              </Button>
            </div>
          </form>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
