/** How a file of CSV was read, and reading it otherwise as long as it is at hand. */
import { Group, NativeSelect, Switch } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import type { TableRef } from "../model";
import type { RowImport } from "./model";
import { type Reading, send } from "./upload";

const SIGNS = [",", ";", "\t", "|"];

interface ReadAgainProps {
  tableRef: TableRef;
  made: RowImport;
  /** Gone once the page was loaded anew. */
  file: File | null;
  onOpen: (id: string, file: File) => void;
}

export function ReadAgain({ tableRef, made, file, onOpen }: ReadAgainProps) {
  const { t } = useTranslation();
  const again = useMutation({
    mutationFn: async (reading: Reading) => {
      if (file === null) return;
      const read = { delimiter: made.delimiter ?? ",", header: made.header, ...reading };
      const anew = await send(tableRef, file, read);
      // The one that was read wrongly is of no use.
      await api.delete(`/row-imports/${made.id}`).catch(() => undefined);
      onOpen(anew.id, file);
    },
  });
  if (made.delimiter === null) return null;
  const shut = file === null || again.isPending;
  const why = file === null ? t("explorer.import.chooseAgain") : undefined;
  return (
    <>
      <Group gap={16} title={why}>
        <NativeSelect
          size="xs"
          w={150}
          disabled={shut}
          aria-label={t("explorer.import.separatedBy")}
          value={made.delimiter}
          data={SIGNS.map((sign) => ({
            value: sign,
            label: t("explorer.import.separator", { sign: sign === "\t" ? "Tab" : sign }),
          }))}
          onChange={(event) => again.mutate({ delimiter: event.currentTarget.value })}
        />
        <Switch
          size="xs"
          disabled={shut}
          label={t("explorer.import.header")}
          checked={made.header}
          onChange={(event) => again.mutate({ header: event.currentTarget.checked })}
        />
      </Group>
      {again.isError && <Refused problem={toProblem(again.error)} title={t("explorer.import.notTaken")} />}
    </>
  );
}
