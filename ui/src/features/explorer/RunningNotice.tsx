/** Something that is at work on this table, and how far it is. */
import { Anchor, Progress } from "@mantine/core";
import type { LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "./explorer.module.css";

interface RunningNoticeProps {
  icon: LucideIcon;
  text: string;
  percent: number;
  onOpen: () => void;
}

export function RunningNotice({ icon: Icon, text, percent, onOpen }: RunningNoticeProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.running} role="status">
      <span className={classes.said}>
        <Icon size={14} aria-hidden />
        {text}
      </span>
      <Progress value={percent} w={120} size="sm" aria-label={t("explorer.batch.progress")} />
      <Anchor component="button" type="button" fz={13} onClick={onOpen}>
        {t("explorer.batch.notice.open")}
      </Anchor>
    </div>
  );
}
