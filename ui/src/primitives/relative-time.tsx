import { Tooltip } from "@mantine/core";
import { useEffect, useState } from "react";
import { formatExact, formatRelative } from "~/lib/format";

const listeners = new Set<(now: number) => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for every time on the page, so that they tick together and a long list costs one timer. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    listeners.add(setNow);
    timer ??= setInterval(() => {
      for (const listener of listeners) listener(Date.now());
    }, 30_000);
    return () => {
      listeners.delete(setNow);
      if (listeners.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
    };
  }, []);
  return now;
}

/** "3 hr. ago", the exact time with its zone on hover or focus. */
export function RelativeTime({ value }: { value: string }) {
  const now = useNow();
  return (
    <Tooltip label={formatExact(value)}>
      <time dateTime={value} style={{ whiteSpace: "nowrap" }}>
        {formatRelative(value, now)}
      </time>
    </Tooltip>
  );
}
