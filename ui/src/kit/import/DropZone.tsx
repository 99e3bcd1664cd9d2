/** A file, dropped or chosen. */
import { Button, FileButton, Text } from "@mantine/core";
import { FileUp } from "lucide-react";
import { useState } from "react";
import classes from "./import.module.css";

interface DropZoneProps {
  /** What may be dropped, in words. */
  text: string;
  /** What the button says. */
  choose: string;
  limits: string;
  accept: string;
  busy: boolean;
  onFile: (file: File) => void;
}

export function DropZone({ text, choose, limits, accept, busy, onFile }: DropZoneProps) {
  const [over, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is beside the button, which does the same
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
        if (file) onFile(file);
      }}
    >
      <FileUp size={24} aria-hidden />
      <Text fz={14} ta="center">
        {text}
      </Text>
      <FileButton onChange={(file) => file && onFile(file)} accept={accept}>
        {(props) => (
          <Button {...props} loading={busy}>
            {choose}
          </Button>
        )}
      </FileButton>
      <Text fz={12} c="dimmed" ta="center">
        {limits}
      </Text>
    </div>
  );
}
