// The first step: a file, dropped or chosen, or rows pasted from a spreadsheet.
import { Button, FileButton, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "~/lib/api";
import { toProblem } from "~/lib/problem";
import classes from "./import.module.css";
import type { UserImport } from "./model";
import { Refused } from "./refused";

export function ChooseFile({ onUploaded }: { onUploaded: (id: string) => void }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
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
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is beside the button, which does the same */}
      <div
        className={classes.drop}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          const file = event.dataTransfer.files[0];
          if (file) upload.mutate(file);
        }}
      >
        <FileUp size={24} aria-hidden />
        <Text fz={14}>{t("userImport.drop")}</Text>
        <FileButton onChange={(file) => file && upload.mutate(file)} accept=".csv,.tsv,.txt,text/csv,text/plain">
          {(props) => (
            <Button {...props} loading={upload.isPending}>
              {t("userImport.choose")}
            </Button>
          )}
        </FileButton>
        <Text fz={12} c="dimmed" ta="center">
          {t("userImport.limits")}
        </Text>
      </div>
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
