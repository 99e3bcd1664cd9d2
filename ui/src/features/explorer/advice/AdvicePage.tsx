/** What in a database is open to the web, slow or about to break. */
import { Alert, Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { RefreshCw, ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyAs } from "~/kit/copy-as/CopyAs";
import { useAddress } from "~/kit/resource/address";
import { toProblem } from "~/lib/problem";
import { useVisited } from "~/lib/visited";
import { PageHeader } from "~/primitives/page-header";
import { ListSkeleton } from "~/primitives/skeletons";
import { Failed, StateBlock } from "~/primitives/states";
import { askedOfSource } from "../asked";
import { useCurrentTable } from "../ExplorerLayout";
import { SourceAway } from "../table/TablePage";
import { TreeButton } from "../tree/TreeButton";
import { type Advice, adviceQuery, countOf, split, TOPICS, type Topic } from "./advice";
import classes from "./advice.module.css";
import { RuleSection } from "./RuleSection";

export function AdvicePage() {
  const { t } = useTranslation();
  const { source } = useCurrentTable();
  const advice = useQuery(adviceQuery(source));
  useVisited(advice.data && t("advice.title"));
  return (
    <div className={classes.page}>
      <PageHeader
        title={
          <Group component="span" gap={8}>
            <TreeButton />
            {t("advice.title")}
          </Group>
        }
        description={t("advice.description", { source })}
        actions={
          <Group gap={8}>
            <CopyAs asked={askedOfSource(source, "/advice")} />
            <Button
              variant="default"
              leftSection={<RefreshCw size={14} />}
              loading={advice.isFetching}
              onClick={() => void advice.refetch()}
            >
              {t("advice.again")}
            </Button>
          </Group>
        }
      />
      <Body source={source} query={advice} />
    </div>
  );
}

function Body({ source, query }: { source: string; query: ReturnType<typeof useQuery<Advice>> }) {
  if (query.data) return <Found source={source} advice={query.data} />;
  if (!query.isError) return <ListSkeleton rows={8} columns={3} />;
  const problem = toProblem(query.error);
  const retry = () => void query.refetch();
  return problem.kind === "unavailable" ? (
    <SourceAway source={source} problem={problem} onRetry={retry} />
  ) : (
    <Failed problem={problem} onRetry={retry} />
  );
}

function Found({ source, advice }: { source: string; advice: Advice }) {
  const { t } = useTranslation();
  const address = useAddress();
  const topic = TOPICS.find((one) => one === address.get("topic"));
  const { struck, content, failed } = split(advice, topic);
  const tab = (one: Topic | undefined) => `${t(`advice.topics.${one ?? "all"}`)} ${countOf(advice, one)}`;
  return (
    <>
      <SegmentedControl
        size="xs"
        className={classes.topics}
        aria-label={t("advice.topic")}
        data={[{ value: "all", label: tab(undefined) }, ...TOPICS.map((one) => ({ value: one, label: tab(one) }))]}
        value={topic ?? "all"}
        onChange={(next) => address.set({ topic: next === "all" ? undefined : next }, false)}
      />
      {failed.map((rule) => (
        <Alert key={rule.id} color="yellow" p={10} mb={8} role="alert">
          {t("advice.failed", {
            title: t(`advice.rules.${rule.id}.title`, { defaultValue: rule.title }),
            why: rule.problem,
          })}
        </Alert>
      ))}
      {struck.length === 0 ? (
        <StateBlock icon={<ShieldCheck size={20} aria-hidden />} title={t("advice.nothing.title")}>
          {t("advice.nothing.text", { count: content.length })}
        </StateBlock>
      ) : (
        <div className={classes.rules}>
          {struck.map((rule) => (
            <RuleSection
              key={rule.id}
              source={source}
              rule={rule}
              findings={advice.findings.filter((finding) => finding.rule === rule.id)}
            />
          ))}
        </div>
      )}
      {struck.length > 0 && content.length > 0 && (
        <div className={classes.content}>
          <Text fz={12} fw={500} c="dimmed">
            {t("advice.content", { count: content.length })}
          </Text>
          <ul>
            {content.map((rule) => (
              <li key={rule.id}>{t(`advice.rules.${rule.id}.title`, { defaultValue: rule.title })}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
