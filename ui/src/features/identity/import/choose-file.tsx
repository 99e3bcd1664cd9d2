// The first step: a file, dropped or chosen, or rows pasted from a spreadsheet.
import { Button, Stack, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DropZone } from "~/kit/import/DropZone";
import { Refused } from "~/kit/import/Refused";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import type { UserImport } from "./model";

export function ChooseFile({ onUploaded }: { onUploaded: (id: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const upload = useMutation({
    mutationFn: async (given: File | string) =>
      typeof given === "string"
        ? (await api.post<UserImport>("/user-imports", { name: t("userImport.pasted"), text: given })).data
        : (
            await api.post<UserImport>("/user-imports", given, {
              query: [["name", given.name]],
              headers: { "Content-Type": "text/csv" },
            })
          ).data,
    onSuccess: (made) => onUploaded(made.id),
  });
  return (
    <Stack gap={20}>
      {upload.isError && <Refused problem={toProblem(upload.error)} />}
      <DropZone
        text={t("userImport.drop")}
        choose={t("userImport.choose")}
        limits={t("userImport.limits")}
        accept=".csv,.tsv,.txt,text/csv,text/plain"
        busy={upload.isPending}
        onFile={upload.mutate}
      />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") upload.mutate(text);
        }}
      >
        <Stack gap={8} align="flex-start">
          <Textarea
            w="100%"
            label={t("userImport.paste")}
            description={t("userImport.pasteHelp")}
            placeholder={"email,name\nada@example.com,Ada Lovelace"}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            rows={5}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 12 } }}
          />
          <Button type="submit" variant="default" disabled={text.trim() === ""} loading={upload.isPending}>
            {t("userImport.take")}
          </Button>
        </Stack>
      </form>
    </Stack>
  );
}
