/** A button for dense places: status lines, cell editors, labels of fields. 24 px high, the least that fingers need. */
import { Button, type ButtonProps } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";

type SmallButtonProps = Omit<ButtonProps, "size"> & Omit<ComponentPropsWithRef<"button">, keyof ButtonProps>;

export function SmallButton(props: SmallButtonProps) {
  return <Button h={24} px={8} fz={12} {...props} />;
}
