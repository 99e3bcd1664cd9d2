/** What the server advises about a database. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "~/lib/api";

export type Severity = "critical" | "high" | "medium" | "low";
export const TOPICS = ["security", "performance", "schema"] as const;
export type Topic = (typeof TOPICS)[number];

export interface Rule {
  id: string;
  severity: Severity;
  topic: Topic;
  title: string;
  why: string;
  /** Null when PostgreSQL refused to answer. */
  count: number | null;
  problem: string | null;
}

export interface Finding {
  rule: string;
  schema: string;
  object: string;
  part: string | null;
  detail: string | null;
  /** What would mend it. */
  sql: string | null;
}

export interface Advice {
  rules: Rule[];
  findings: Finding[];
}

export const adviceQuery = (source: string) =>
  queryOptions({
    queryKey: ["explorer", source, "advice"],
    queryFn: async ({ signal }) =>
      (await api.get<Advice>(`/explorer/${encodeURIComponent(source)}/advice`, { signal })).data,
    // Somebody may just have mended something.
    staleTime: 0,
  });

/** Rules of a topic that found something, and those that found nothing. */
export function split(advice: Advice, topic: Topic | undefined): { struck: Rule[]; content: Rule[]; failed: Rule[] } {
  const rules = advice.rules.filter((rule) => topic === undefined || rule.topic === topic);
  return {
    struck: rules.filter((rule) => (rule.count ?? 0) > 0),
    content: rules.filter((rule) => rule.count === 0),
    failed: rules.filter((rule) => rule.count === null),
  };
}

/** How many findings each topic has. */
export function countOf(advice: Advice, topic: Topic | undefined): number {
  return split(advice, topic).struck.reduce((sum, rule) => sum + (rule.count ?? 0), 0);
}

/** Everything that one rule would have somebody run. */
export function statementsOf(findings: readonly Finding[]): string {
  return findings.flatMap((finding) => (finding.sql ? [finding.sql] : [])).join("\n");
}
