/** Whether the grid follows its table, and why not where it doesn't. */
import { Button, Popover, Switch, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { TableRef } from "../model";
import classes from "./live.module.css";
import type { Live } from "./useLive";

const WatchDialog = lazy(() => import("./WatchDialog"));

export function LiveSwitch({ tableRef, live }: { tableRef: TableRef; live: Live }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [open, setOpen] = useState(false);
  const { status, state, problem } = live.following;
  const shown = live.on ? (status === "stopped" ? "connecting" : status) : "stopped";
  const why = state?.why ?? problem?.detail ?? null;
  const canWatch = state?.state === "off" || (state?.state === "live" && state.way === "triggers");
  return (
    <>
      <Popover opened={open} onChange={setOpen} width={320} position="bottom-end" shadow="md" withArrow>
        <Popover.Target>
          <Button
            size="xs"
            variant="default"
            onClick={() => setOpen(!open)}
            aria-expanded={open}
            leftSection={<span className={classes.dot} data-state={shown} aria-hidden />}
          >
            {t(`explorer.live.${shown}`)}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Switch
            checked={live.on}
            onChange={(e) => live.setOn(e.currentTarget.checked)}
            label={t("explorer.live.follow")}
            size="sm"
          />
          <Text fz={13} mt={8}>
            {t(`explorer.live.about.${shown}`)}
          </Text>
          {shown !== "live" && why && (
            <Text fz={13} mt={6} c="dimmed">
              {why}
            </Text>
          )}
          {shown === "live" && state?.complete === false && (
            <Text fz={13} mt={6} c="dimmed">
              {t("explorer.live.partly")}
            </Text>
          )}
          {canWatch && (
            <Button
              size="xs"
              mt={10}
              variant={state?.state === "off" ? "filled" : "default"}
              onClick={() => {
                setOpen(false);
                setAsking(true);
              }}
            >
              {t(state?.state === "off" ? "explorer.live.watch.button" : "explorer.live.watch.remove")}
            </Button>
          )}
        </Popover.Dropdown>
      </Popover>
      {asking && (
        <Suspense>
          <WatchDialog tableRef={tableRef} onClose={() => setAsking(false)} onDone={live.again} />
        </Suspense>
      )}
    </>
  );
}
