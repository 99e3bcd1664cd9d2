// A line above every page as long as something is not as usual: what it is, and the way out of it.
import { Button, Text } from "@mantine/core";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./banner.module.css";

interface BannerProps {
  label: string;
  icon: LucideIcon;
  /** Why it is so, for whoever points at it. */
  reason: string;
  /** It goes over everybody's head. */
  above?: boolean;
  stop: string;
  busy: boolean;
  onStop: () => void;
  children: ReactNode;
}

export function Banner({ label, icon: Icon, reason, above, stop, busy, onStop, children }: BannerProps) {
  return (
    <section className={classes.banner} aria-label={label} data-above={above || undefined}>
      <Icon size={16} aria-hidden className={classes.icon} />
      <Text fz={13} className={classes.text} title={reason}>
        {children}
      </Text>
      <Button size="xs" variant="default" loading={busy} onClick={onStop}>
        {stop}
      </Button>
    </section>
  );
}
