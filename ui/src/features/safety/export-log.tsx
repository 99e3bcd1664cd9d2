// What the filter finds, as a file; the browser reads it as it comes.
import { Button, Menu, Tooltip } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, type QueryPairs } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import { useCan } from "~/lib/session";
import { toastDone } from "~/lib/toast";

const FORMATS = ["csv", "ndjson"] as const;

export function ExportLog({ query, onProblem }: { query: QueryPairs; onProblem: (text: string | null) => void }) {
  const { t } = useTranslation();
  const may = useCan("audit:export");
  const run = useMutation({
    mutationFn: async (format: (typeof FORMATS)[number]) => {
      onProblem(null);
      const file = await api.download(`/audit/export/${format}`, { query }, () => undefined);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = `audit.${format}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    },
    onSuccess: () => toastDone(t("auditLog.export.done")),
    onError: (error) => onProblem(toProblem(error).detail ?? toProblem(error).title),
  });
  const button = (
    <Button
      size="xs"
      variant="default"
      leftSection={<Download size={14} aria-hidden />}
      loading={run.isPending}
      data-disabled={!may || undefined}
      aria-disabled={!may}
    >
      {t("auditLog.export.button")}
    </Button>
  );
  if (!may) return <Tooltip label={t("auditLog.export.mayNot")}>{button}</Tooltip>;
  return (
    <Menu>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map((format) => (
          <Menu.Item key={format} onClick={() => run.mutate(format)}>
            {t(`auditLog.export.${format}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
