/** What can be done with a result: copied, written as a command, or exported whole by running it again. */
import { Button, Menu } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { ChevronDown, Copy, Download, FileJson, FileSpreadsheet, Table2, Terminal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { formatBytes } from "~/lib/format";
import { useCan, useSession } from "~/lib/session";
import { toastDone, toastProblem } from "~/lib/toast";
import { asCli, asCurl, asMarkdown, asTable } from "./copy-as";
import type { Result } from "./frames";
import type { State } from "./runs";

export function ResultTools({ state, result }: { state: State; result: Result }) {
  const { t } = useTranslation();
  const clipboard = useClipboard();
  const { question } = state;
  const copy = (text: string) => {
    clipboard.copy(text);
    toastDone(t("explorer.sql.copied"));
  };
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            leftSection={<Copy size={13} />}
            rightSection={<ChevronDown size={12} />}
          >
            {t("explorer.sql.copyAs")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<Table2 size={14} />}
            disabled={!result.columns}
            onClick={() => copy(asTable(result))}
          >
            {t("explorer.sql.copyTable")}
          </Menu.Item>
          <Menu.Item
            leftSection={<Table2 size={14} />}
            disabled={!result.columns}
            onClick={() => copy(asMarkdown(result))}
          >
            {t("explorer.sql.copyMarkdown")}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            leftSection={<Terminal size={14} />}
            onClick={() => copy(asCurl(question, window.location.origin))}
          >
            curl
          </Menu.Item>
          <Menu.Item leftSection={<Terminal size={14} />} onClick={() => copy(asCli(question))}>
            {t("explorer.sql.copyCli")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ExportMenu state={state} result={result} />
    </>
  );
}

function ExportMenu({ state, result }: { state: State; result: Result }) {
  const { t } = useTranslation();
  const can = useCan("rows:export");
  const place = Boolean(useSession().impersonation);
  const [bytes, setBytes] = useState<number | null>(null);
  const { question, run } = state;
  const one = run.results.length === 1;
  const reason = !can
    ? t("explorer.sql.export.may")
    : place
      ? t("explorer.sql.export.notHere")
      : !one || !result.columns || question.explain
        ? t("explorer.sql.export.one")
        : undefined;

  const take = async (format: "csv" | "ndjson") => {
    setBytes(0);
    try {
      const { sql, parameters, timeout } = question;
      const path = `/explorer/${encodeURIComponent(question.source)}/sql/export/${format}`;
      const body = { sql, parameters, timeout_seconds: timeout };
      const file = await api.download(path, { body }, setBytes);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = `result.${format}`;
      link.click();
      URL.revokeObjectURL(link.href);
      toastDone(t("explorer.export.done", { name: link.download, size: formatBytes(file.size) }));
    } catch (error) {
      toastProblem(error);
    }
    setBytes(null);
  };
  return (
    <Menu position="bottom-end" withinPortal disabled={reason !== undefined}>
      <Menu.Target>
        <span title={reason}>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            leftSection={<Download size={13} />}
            disabled={reason !== undefined || bytes !== null}
          >
            {bytes === null ? t("explorer.sql.export.button") : formatBytes(bytes)}
          </Button>
        </span>
      </Menu.Target>
      <Menu.Dropdown maw={280}>
        <Menu.Label>{t("explorer.sql.export.again")}</Menu.Label>
        <Menu.Item leftSection={<FileSpreadsheet size={14} />} onClick={() => void take("csv")}>
          CSV
        </Menu.Item>
        <Menu.Item leftSection={<FileJson size={14} />} onClick={() => void take("ndjson")}>
          NDJSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
