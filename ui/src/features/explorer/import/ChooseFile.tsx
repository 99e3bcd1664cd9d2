/** The first step: a file, and what was imported into this table before. */
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { DropZone } from "~/kit/import/DropZone";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { formatBytes } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import { tablePath } from "../data";
import type { TableRef } from "../model";
import { Earlier } from "./Earlier";
import { importsQuery, type RowImport } from "./model";

export function ChooseFile({ tableRef, onOpen }: { tableRef: TableRef; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const running = useRef<AbortController | null>(null);
  const earlier = useQuery(importsQuery(tableRef));
  const upload = useMutation({
    mutationFn: async (file: File) => {
      running.current = new AbortController();
      const headers = { "Content-Type": file.type || "application/octet-stream" };
      const query: [string, string][] = [["name", file.name]];
      const signal = running.current.signal;
      return (await api.post<RowImport>(`${tablePath(tableRef)}/imports`, file, { query, headers, signal })).data;
    },
    onSuccess: (made) => onOpen(made.id),
  });
  // Whoever goes away wants nothing imported.
  useEffect(() => () => running.current?.abort(), []);
  const stopped = upload.error instanceof DOMException;

  return (
    <Stack gap={16}>
      {upload.isError && !stopped && (
        <Refused problem={toProblem(upload.error)} title={t("explorer.import.notTaken")} />
      )}
      {upload.isPending ? (
        <div role="status">
          <Text fz={13} mb={8}>
            {t("explorer.import.uploading", { name: upload.variables.name, size: formatBytes(upload.variables.size) })}
          </Text>
          <Progress value={100} animated aria-label={t("explorer.import.uploadingShort")} />
          <Group justify="flex-end" mt={12}>
            <Button variant="default" onClick={() => running.current?.abort()}>
              {t("explorer.cancel")}
            </Button>
          </Group>
        </div>
      ) : (
        <DropZone
          text={t("explorer.import.drop")}
          choose={t("explorer.import.choose")}
          limits={t("explorer.import.limits")}
          accept=".csv,.tsv,.txt,.ndjson,.jsonl,.json,text/csv,text/plain,application/x-ndjson"
          busy={false}
          onFile={upload.mutate}
        />
      )}
      {earlier.data && earlier.data.length > 0 && <Earlier imports={earlier.data} onOpen={onOpen} />}
    </Stack>
  );
}
