// The board: what waits and runs now, what ended lately, and every job in one list that reads itself again.
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { toAddressText } from "~/kit/filter";
import { useAddress } from "~/kit/resource/address";
import { ListPage } from "~/kit/resource/list-page";
import { formatNumber } from "~/lib/format";
import { resourceNamed, useMeta } from "~/lib/meta";
import { useSurface } from "~/lib/surface";
import { CountTile, countTile } from "~/primitives/count-tile";
import { NotFound } from "~/primitives/states";
import { duration, EVERY, useStatistics } from "./data";
import classes from "./work.module.css";

export function JobsPage() {
  const meta = useMeta();
  const declared = resourceNamed(meta, "jobs");
  const address = useAddress();
  const { kind } = useSurface();
  // What is looked for inside of jobs is found by an index only where the list isn't walked in its own order.
  const looking = address.get("search") !== undefined || address.get("filter")?.includes("arguments");
  const resource = useMemo(
    () => declared && (looking ? { ...declared, default_order: "created_at.desc" } : declared),
    [declared, looking],
  );
  if (!resource) return <NotFound />;
  // How the platform's queues do is no organization's business.
  const told = kind === "platform" && resourceNamed(meta, "queues")?.can_read;
  return <ListPage resource={resource} above={told ? <Pulse /> : undefined} every={EVERY} />;
}

const of = (...states: string[]) =>
  toAddressText({ items: [{ kind: "condition", column: "state", op: "in", value: "", values: states }] });

function Pulse() {
  const { t, i18n } = useTranslation();
  const { data, isError } = useStatistics("hour");
  const ended = (which: "completed" | "discarded") => data?.steps.reduce((sum, step) => sum + step[which], 0);
  const shown = (count: number | undefined) => (isError ? null : count === undefined ? undefined : formatNumber(count));
  const oldest = data ? duration(data.now.oldest, i18n.language) : null;
  const tiles = [
    { key: "waiting", icon: "hourglass", filter: of("available"), count: shown(data?.now.waiting) },
    { key: "running", icon: "loader", filter: of("running"), count: shown(data?.now.running) },
    { key: "later", icon: "clock", filter: of("scheduled", "retryable", "pending"), count: shown(data?.now.later) },
    { key: "completed", icon: "circle-check", filter: of("completed"), count: shown(ended("completed")) },
    { key: "discarded", icon: "circle-x", filter: of("discarded"), count: shown(ended("discarded")) },
  ];
  return (
    <nav className={classes.pulse} aria-label={t("work.pulse")}>
      {tiles.map(({ key, icon, filter, count }) => (
        <Link key={key} to="/admin/jobs" search={{ filter }} className={countTile}>
          <CountTile
            icon={icon}
            label={t(`work.tiles.${key}`)}
            count={count}
            note={
              key === "waiting" && oldest !== null
                ? t("work.oldest", { time: oldest })
                : key === "completed" || key === "discarded"
                  ? t(data?.capped ? "work.capped" : "work.lastHour")
                  : ""
            }
          />
        </Link>
      ))}
    </nav>
  );
}
