/** The first step: a file, and what was imported into this table before. */
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { DropZone } from "~/kit/import/DropZone";
import { Refused } from "~/kit/import/Refused";
import { formatBytes } from "~/lib/format";
import { toProblem } from "~/lib/problem";
import type { TableRef } from "../model";
import { Earlier } from "./Earlier";
import { importsQuery } from "./model";
import { send } from "./upload";

export function ChooseFile({ tableRef, onOpen }: { tableRef: TableRef; onOpen: (id: string, file?: File) => void }) {
  const { t } = useTranslation();
  const running = useRef<AbortController | null>(null);
  const earlier = useQuery(importsQuery(tableRef));
  const upload = useMutation({
    mutationFn: async (file: File) => {
      running.current = new AbortController();
      return send(tableRef, file, {}, running.current.signal);
    },
    onSuccess: (made, file) => onOpen(made.id, file),
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
          accept=".csv,.tsv,.txt,.ndjson,.jsonl,.json,.xlsx,text/csv,text/plain,application/x-ndjson"
          busy={false}
          onFile={upload.mutate}
        />
      )}
      {earlier.data && earlier.data.length > 0 && <Earlier imports={earlier.data} onOpen={onOpen} />}
    </Stack>
  );
}
