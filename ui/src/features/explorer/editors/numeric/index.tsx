/** numeric: every digit is kept, so it stays text all the way. */
import { LineInput } from "../line-input";
import { type EditedColumn, invalid, type Parsed, plainText, type ValueEditor, valid } from "../types";

const NUMBER = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,6}))?$/;
const SPECIAL: Record<string, string> = {
  nan: "NaN",
  infinity: "Infinity",
  "+infinity": "Infinity",
  "-infinity": "-Infinity",
};

/** Precision and scale of `numeric(10,2)`; undefined without limits. */
export function numericLimits(type: string): { precision: number; scale: number } | undefined {
  const m = /\((\d+)(?:\s*,\s*(-?\d+))?\)/.exec(type);
  return m ? { precision: Number(m[1]), scale: Number(m[2] ?? 0) } : undefined;
}

function parse(text: string, column: EditedColumn): Parsed {
  const trimmed = text.trim();
  if (trimmed === "") return invalid("blank");
  const limits = numericLimits(column.type);
  const special = SPECIAL[trimmed.toLowerCase()];
  // A column with precision can hold NaN but no infinity.
  if (special) return limits && special !== "NaN" ? invalid("infinite") : valid(special);
  const m = NUMBER.exec(trimmed);
  if (!m) return invalid("number");
  if (limits) {
    const { whole, fraction } = digits(m[2] ?? "", Number(m[3] ?? 0));
    // PostgreSQL would round without a word; here nothing is lost unseen.
    if (fraction.length > Math.max(0, limits.scale)) return invalid("scale", { scale: Math.max(0, limits.scale) });
    if (whole.length > limits.precision - limits.scale) {
      return invalid("precision", { digits: Math.max(0, limits.precision - limits.scale) });
    }
  }
  return valid(trimmed.replace(/^\+/, ""));
}

/** Digits before and after the point, without those that say nothing. */
function digits(mantissa: string, exponent: number): { whole: string; fraction: string } {
  const [a = "", b = ""] = mantissa.split(".");
  let whole = a;
  let fraction = b;
  if (exponent > 0) {
    whole += fraction.slice(0, exponent).padEnd(exponent, "0");
    fraction = fraction.slice(exponent);
  } else if (exponent < 0) {
    const moved = whole.padStart(-exponent, "0");
    fraction = moved.slice(moved.length + exponent) + fraction;
    whole = moved.slice(0, moved.length + exponent);
  }
  return { whole: whole.replace(/^0+/, ""), fraction: fraction.replace(/0+$/, "") };
}

export const numericEditor: ValueEditor = {
  format: plainText,
  parse,
  Input: (props) => <LineInput {...props} inputMode="decimal" />,
};
