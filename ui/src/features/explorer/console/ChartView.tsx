/** A result as lines or bars of chosen columns. */
import { Group, MultiSelect, SegmentedControl, Select, useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { ChartLine } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { StateBlock } from "~/primitives/states";
import { type Choice, type Drawn, drawn, guess, MOST_SERIES } from "./chart";
import classes from "./chart.module.css";
import type { Result } from "./frames";
import { isNumber } from "./frames";

const COLOURS = {
  light: ["#4a60d8", "#e8590c", "#2f9e44", "#9c36b5", "#0c8599", "#c2255c"],
  dark: ["#8ea0ff", "#ffa94d", "#69db7c", "#da77f2", "#66d9e8", "#f783ac"],
};
const FRAME = {
  light: { grid: "#ececee", text: "#71717a" },
  dark: { grid: "#26272b", text: "#a1a1aa" },
};

export default function ChartView({ result }: { result: Result }) {
  const { t } = useTranslation();
  const first = useMemo(() => guess(result), [result]);
  const [choice, setChoice] = useState<Choice | null>(null);
  const now = choice ?? first;
  const columns = result.columns ?? [];
  const named = columns.map((column, i) => ({ value: String(i), label: column.name, number: isNumber(column.type) }));
  if (!now)
    return (
      <StateBlock icon={<ChartLine size={20} aria-hidden />} title={t("explorer.sql.chart.none")}>
        {t("explorer.sql.chart.noneText")}
      </StateBlock>
    );
  return (
    <div className={classes.page}>
      <Group gap={10} className={classes.choices}>
        <SegmentedControl
          size="xs"
          aria-label={t("explorer.sql.chart.kind")}
          value={now.kind}
          onChange={(kind) => setChoice({ ...now, kind: kind as Choice["kind"] })}
          data={[
            { value: "line", label: t("explorer.sql.chart.line") },
            { value: "bar", label: t("explorer.sql.chart.bar") },
          ]}
        />
        <Select
          size="xs"
          w={160}
          aria-label={t("explorer.sql.chart.x")}
          leftSection="x"
          allowDeselect={false}
          data={named}
          value={String(now.x)}
          onChange={(x) => x !== null && setChoice({ ...now, x: Number(x) })}
        />
        <MultiSelect
          size="xs"
          miw={180}
          aria-label={t("explorer.sql.chart.y")}
          leftSection="y"
          maxValues={MOST_SERIES}
          data={named.filter((one) => one.number)}
          value={now.y.map(String)}
          onChange={(y) => y.length > 0 && setChoice({ ...now, y: y.map(Number) })}
        />
      </Group>
      <Plot data={drawn(result, now)} kind={now.kind} label={columns[now.x]?.name ?? ""} />
    </div>
  );
}

function Plot({ data, kind, label }: { data: Drawn; kind: Choice["kind"]; label: string }) {
  const { ref, width, height } = useElementSize();
  const host = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    if (!host.current || width < 50 || height < 50) return;
    const plot = new uPlot(
      options(data, kind, label, scheme, width, height - 34),
      [data.xs, ...data.series.map((one) => one.values)],
      host.current,
    );
    return () => plot.destroy();
  }, [data, kind, label, scheme, width, height]);
  return (
    <div ref={ref} className={classes.plot}>
      <div ref={host} />
    </div>
  );
}

function options(
  data: Drawn,
  kind: Choice["kind"],
  label: string,
  scheme: "light" | "dark",
  width: number,
  height: number,
): uPlot.Options {
  const { grid, text } = FRAME[scheme];
  const { words } = data;
  const axis = {
    stroke: text,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
    font: "11px Inter, sans-serif",
  };
  const word = (at: number) => (Number.isInteger(at) ? shortened(words?.[at] ?? "") : "");
  const count = data.series.length;
  return {
    width,
    height,
    scales: {
      x: {
        time: data.isTime,
        ...(words ? { range: (_, min, max) => [min - 0.6, max + 0.6] as [number, number] } : {}),
      },
      y: { range: (_, min, max) => (kind === "bar" ? spread(Math.min(0, min), Math.max(0, max)) : spread(min, max)) },
    },
    axes: [
      {
        ...axis,
        ...(words
          ? {
              values: (_, splits) => splits.map(word),
              space: 70,
              incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
              grid: { show: false },
            }
          : {}),
      },
      { ...axis, size: 64, values: (_, splits) => splits.map((value) => compact(value)) },
    ],
    series: [
      { label, ...(words ? { value: (_, at) => (at === null ? "–" : (words[at] ?? "")) } : {}) },
      ...data.series.map((one, i) => {
        const colour = COLOURS[scheme][i % COLOURS[scheme].length];
        return {
          label: one.name,
          stroke: colour,
          width: 2,
          ...(kind === "bar"
            ? { fill: `${colour}66`, width: 1, points: { show: false }, paths: bars(i, count) }
            : { points: { show: data.xs.length < 80, size: 5 } }),
        } as uPlot.Series;
      }),
    ],
    legend: { live: true },
  };
}

/** The bars of several series stand side by side. */
function bars(at: number, count: number): uPlot.Series.PathBuilder | undefined {
  const share = 0.8 / count;
  return uPlot.paths.bars?.({ size: [share, 80 / count], align: count === 1 ? 0 : at < count / 2 ? -1 : 1 });
}

function spread(min: number, max: number): [number, number] {
  if (min === max) return [min - 1, max + 1];
  const room = (max - min) * 0.08;
  return [min === 0 ? 0 : min - room, max === 0 ? 0 : max + room];
}

const shortened = (text: string) => (text.length > 16 ? `${text.slice(0, 15)}…` : text);
const compact = (value: number) =>
  Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 2 }).format(value);
