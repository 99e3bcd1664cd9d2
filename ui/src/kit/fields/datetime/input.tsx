import { TextInput } from "@mantine/core";
import { lazy, Suspense } from "react";
import { inputProps } from "../input-props";
import type { FieldInputProps } from "../types";

const Picker = lazy(() => import("./picker"));

export function DatetimeField(props: FieldInputProps) {
  return (
    <Suspense fallback={<TextInput {...inputProps(props)} disabled />}>
      <Picker {...props} />
    </Suspense>
  );
}
