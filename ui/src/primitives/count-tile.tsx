// What is inside a tile with a number: what is counted, how many there are, and a word on it. The tile is a link, which
// primitives know nothing of, so its class is given out.
import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./count-tile.module.css";
import { Icon } from "./icon";
import { NullValue } from "./null-value";

export const countTile = classes.tile ?? "";

interface CountTileProps {
  icon: string | null;
  label: string;
  /** `undefined` while it is counted, `null` when it couldn't be. */
  count: string | null | undefined;
  note: ReactNode;
}

export function CountTile({ icon, label, count, note }: CountTileProps) {
  return (
    <>
      <span className={classes.label}>
        <Icon name={icon} size={14} />
        {label}
      </span>
      <span className={classes.number}>
        {count === undefined ? <Skeleton height={20} width={64} my={6} radius="sm" /> : (count ?? <NullValue />)}
      </span>
      <span className={classes.note}>{note}</span>
    </>
  );
}
