import { Badge } from "@mantine/core";

const KNOWN = new Set([
  "gray",
  "red",
  "orange",
  "yellow",
  "green",
  "teal",
  "blue",
  "accent",
  "violet",
  "pink",
  "cyan",
  "indigo",
  "grape",
  "lime",
]);
const NAMES: Record<string, string> = {
  grey: "gray",
  amber: "yellow",
  purple: "violet",
  danger: "red",
  success: "green",
  warning: "orange",
  info: "blue",
};

/** A state in a word. Colour only repeats what the word says. */
export function StatusBadge({ color, children }: { color?: string | null; children: React.ReactNode }) {
  const named = color ? (NAMES[color] ?? color) : "gray";
  return <Badge color={KNOWN.has(named) ? named : "gray"}>{children}</Badge>;
}
