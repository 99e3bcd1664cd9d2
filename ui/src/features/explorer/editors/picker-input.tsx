/** A line of text with the browser's own calendar or clock one click away. */
import { ActionIcon } from "@mantine/core";
import { Calendar, Clock } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { LineInput } from "./line-input";
import type { EditorInputProps } from "./types";

interface PickerInputProps extends EditorInputProps {
  kind: "date" | "time" | "datetime-local";
  /** The draft as the browser's picker wants it; "" when it can't show it. */
  picked: string;
  onPick: (value: string) => void;
}

export function PickerInput(props: PickerInputProps) {
  const { t } = useTranslation();
  const native = useRef<HTMLInputElement>(null);
  const Icon = props.kind === "time" ? Clock : Calendar;
  return (
    <div style={{ position: "relative" }}>
      <LineInput
        {...props}
        rightSection={
          <ActionIcon
            size={24}
            variant="subtle"
            color="gray"
            disabled={props.disabled}
            aria-label={t("explorer.pick")}
            onClick={() => {
              // Older browsers have no showPicker; the text field works there all the same.
              native.current?.showPicker?.();
            }}
          >
            <Icon size={14} />
          </ActionIcon>
        }
      />
      <input
        ref={native}
        type={props.kind}
        step={1}
        tabIndex={-1}
        aria-hidden
        value={props.picked}
        onChange={(e) => e.currentTarget.value !== "" && props.onPick(e.currentTarget.value)}
        style={{ position: "absolute", right: 0, bottom: 0, width: 28, height: 0, padding: 0, border: 0, opacity: 0 }}
      />
    </div>
  );
}
