// Loading states in the shape of what is coming, so that nothing jumps when it arrives.
import { Skeleton, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

const WIDTHS = ["70%", "46%", "84%", "58%", "64%", "38%", "76%", "52%"];

function Waiting({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-busy="true" aria-label={t("states.loading")}>
      {children}
    </div>
  );
}

export function ListSkeleton({ rows = 8, columns = 4 }: { rows?: number; columns?: number }) {
  return (
    <Waiting>
      {WIDTHS.concat(WIDTHS)
        .slice(0, rows)
        .map((_, row) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have no identity and never move
            key={row}
            style={{
              display: "grid",
              gridTemplateColumns: `repeat(${columns}, 1fr)`,
              gap: 16,
              height: 36,
              alignItems: "center",
              borderBottom: "1px solid var(--qd-border)",
              paddingInline: 12,
            }}
          >
            {WIDTHS.slice(0, columns).map((_, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above
              <Skeleton key={column} height={10} width={WIDTHS[(row * 3 + column) % WIDTHS.length]} radius="sm" />
            ))}
          </div>
        ))}
    </Waiting>
  );
}

export function DetailSkeleton() {
  return (
    <Waiting>
      <Stack gap={16}>
        <Skeleton height={20} width="38%" radius="sm" />
        <Skeleton height={36} radius="sm" />
        <Stack gap={14} mt={16}>
          {WIDTHS.map((width) => (
            <Skeleton key={width} height={10} width={width} radius="sm" />
          ))}
        </Stack>
      </Stack>
    </Waiting>
  );
}

export function FormSkeleton({ fields = 4 }: { fields?: number }) {
  return (
    <Waiting>
      <Stack gap={20} maw={560}>
        {WIDTHS.slice(0, fields).map((width) => (
          <Stack key={width} gap={8}>
            <Skeleton height={10} width="24%" radius="sm" />
            <Skeleton height={32} radius="sm" />
          </Stack>
        ))}
      </Stack>
    </Waiting>
  );
}
