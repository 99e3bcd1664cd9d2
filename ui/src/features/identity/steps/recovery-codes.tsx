import { Alert, Button, Checkbox, Group, Stack } from "@mantine/core";
import { Download, LifeBuoy, Printer } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "~/primitives/copy-button";
import classes from "./steps.module.css";

interface RecoveryCodesProps {
  codes: readonly string[];
  doneLabel: string;
  onDone: () => void;
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "recovery-codes.txt";
  link.click();
  URL.revokeObjectURL(url);
}

/** Shown this once. Goes on only after saying that they were kept. */
export function RecoveryCodes({ codes, doneLabel, onDone }: RecoveryCodesProps) {
  const { t } = useTranslation();
  const [kept, setKept] = useState(false);
  const text = `${codes.join("\n")}\n`;
  return (
    <Stack gap={16}>
      <Alert color="yellow" variant="light" icon={<LifeBuoy size={16} aria-hidden />}>
        {t("steps.codesHelp")}
      </Alert>
      <div className={classes.sheet}>
        <p className={classes.sheetTitle}>
          {t("steps.codes")} · {window.location.host}
        </p>
        <ul className={classes.codes} aria-label={t("steps.codes")}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
      </div>
      <Group gap={8}>
        <CopyButton value={text} wide />
        <Button
          variant="default"
          leftSection={<Download size={14} aria-hidden />}
          onClick={() => download(`${window.location.host}\n\n${text}`)}
        >
          {t("steps.download")}
        </Button>
        <Button variant="default" leftSection={<Printer size={14} aria-hidden />} onClick={() => window.print()}>
          {t("steps.print")}
        </Button>
      </Group>
      <Checkbox label={t("steps.kept")} checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />
      <Button size="md" fullWidth disabled={!kept} onClick={onDone}>
        {doneLabel}
      </Button>
    </Stack>
  );
}
