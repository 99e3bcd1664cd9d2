/** One rule that found something: why it matters, and each place with the SQL that would mend it. */
import { Code, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "~/primitives/copy-button";
import { StatusBadge } from "~/primitives/status-badge";
import { tablePath } from "../cells/foreign";
import { type Finding, type Rule, type Severity, statementsOf } from "./advice";
import classes from "./advice.module.css";

export const COLOR: Record<Severity, string> = { critical: "red", high: "orange", medium: "yellow", low: "gray" };
/** Rules about functions and schemas, which have no page. */
const NO_TABLE = new Set(["definer-path", "definer-open", "open-schema"]);

interface RuleSectionProps {
  source: string;
  rule: Rule;
  findings: readonly Finding[];
}

export function RuleSection({ source, rule, findings }: RuleSectionProps) {
  const { t } = useTranslation();
  const [open, { toggle }] = useDisclosure(rule.severity === "critical");
  const id = `advice-${rule.id}`;
  const statements = statementsOf(findings);
  return (
    <section className={classes.rule}>
      <h2 className={classes.heading}>
        <UnstyledButton className={classes.fold} aria-expanded={open} aria-controls={id} onClick={toggle}>
          <ChevronRight size={15} aria-hidden className={classes.chevron} data-open={open || undefined} />
          <span className={classes.title}>{t(`advice.rules.${rule.id}.title`, { defaultValue: rule.title })}</span>
          <StatusBadge color={COLOR[rule.severity]}>{t(`advice.severity.${rule.severity}`)}</StatusBadge>
          <span className={classes.count}>{rule.count}</span>
        </UnstyledButton>
      </h2>
      {open && (
        <div id={id} className={classes.body}>
          <div className={classes.why}>
            <Text fz={13} c="dimmed">
              {t(`advice.rules.${rule.id}.why`, { defaultValue: rule.why })}
            </Text>
            {findings.length > 1 && statements && (
              <CopyButton wide value={statements} label={t("advice.copyAll", { count: findings.length })} />
            )}
          </div>
          <ul className={classes.findings}>
            {findings.map((finding) => (
              <li key={`${finding.schema}.${finding.object}.${finding.part}`} className={classes.finding}>
                <Where source={source} finding={finding} />
                {finding.sql && (
                  <div className={classes.sql}>
                    <Code className={classes.code}>{finding.sql}</Code>
                    <CopyButton value={finding.sql} label={t("advice.copy")} />
                  </div>
                )}
              </li>
            ))}
          </ul>
          {(rule.count ?? 0) > findings.length && (
            <Text fz={12} c="dimmed" mt={8}>
              {t("advice.more", { count: (rule.count ?? 0) - findings.length })}
            </Text>
          )}
        </div>
      )}
    </section>
  );
}

function Where({ source, finding }: { source: string; finding: Finding }) {
  const { schema, object, part, detail, rule } = finding;
  const name = rule === "open-schema" ? object : `${schema}.${object}`;
  const shown = NO_TABLE.has(rule) && rule !== "open-schema" ? `${name}(${part ?? ""})` : name;
  return (
    <div className={classes.where}>
      {NO_TABLE.has(rule) ? (
        <span className={classes.name}>{shown}</span>
      ) : (
        <Link
          to={tablePath({ source, schema, table: object })}
          search={{ tab: "structure" } as never}
          className={classes.name}
        >
          {shown}
        </Link>
      )}
      {!NO_TABLE.has(rule) && part && <span className={classes.part}>{part}</span>}
      {detail && <span className={classes.detail}>{detail}</span>}
    </div>
  );
}
