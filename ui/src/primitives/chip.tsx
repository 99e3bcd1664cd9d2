import { X } from "lucide-react";
import type { ComponentPropsWithRef, ReactNode } from "react";
import classes from "./chip.module.css";

interface ChipProps extends Omit<ComponentPropsWithRef<"span">, "onClick"> {
  /** What pressing the words does, for screen readers. */
  pressLabel: string;
  pressTitle?: string;
  onPress: () => void;
  removeLabel: string;
  onRemove: () => void;
  /** Narrows what is shown, so it should be noticed. */
  strong?: boolean;
  children: ReactNode;
}

/** Something that holds at present: press the words to change it, the cross to end it. */
export function Chip(props: ChipProps) {
  const { pressLabel, pressTitle, onPress, removeLabel, onRemove, strong, children, ...rest } = props;
  return (
    <span {...rest} className={classes.chip} data-strong={strong || undefined}>
      <button type="button" className={classes.text} title={pressTitle} aria-label={pressLabel} onClick={onPress}>
        {children}
      </button>
      <button type="button" className={classes.remove} aria-label={removeLabel} onClick={onRemove}>
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}
