/** Column layout and sort as short texts for the address bar. */
import { readQuoted, writeName } from "../filter/quoting";
import { clampWidth, tidy } from "./columns";
import type { ColumnState, SortTerm } from "./types";

const escapeName = (name: string) => name.replace(/[%,;:=]/g, encodeURIComponent);
const unescapeName = (text: string) =>
  text.replace(/%(25|2C|3B|3A|3D)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
const list = (names: readonly string[]) => names.map(escapeName).join(",");
const names = (text: string) => (text === "" ? [] : text.split(",").map(unescapeName));

/** `order=a,b;hide=c;pin=a;width=a:200`; "" for the default layout. */
export function writeColumnState(state: ColumnState | undefined): string {
  if (!state) return "";
  const parts: string[] = [];
  if (state.order?.length) parts.push(`order=${list(state.order)}`);
  if (state.hidden?.length) parts.push(`hide=${list(state.hidden)}`);
  if (state.shown?.length) parts.push(`show=${list(state.shown)}`);
  if (state.pinned) parts.push(`pin=${list(state.pinned)}`);
  const widths = Object.entries(state.widths ?? {});
  if (widths.length > 0) parts.push(`width=${widths.map(([key, px]) => `${escapeName(key)}:${px}`).join(",")}`);
  return parts.join(";");
}

/** Reads `writeColumnState`; what makes no sense is left out, so that an old link still opens. */
export function readColumnState(text: string | undefined): ColumnState | undefined {
  if (!text) return undefined;
  const state: { -readonly [K in keyof ColumnState]: ColumnState[K] } = {};
  for (const part of text.split(";")) {
    const eq = part.indexOf("=");
    const value = part.slice(eq + 1);
    switch (part.slice(0, eq)) {
      case "order":
        state.order = names(value);
        break;
      case "hide":
        state.hidden = names(value);
        break;
      case "show":
        state.shown = names(value);
        break;
      case "pin":
        state.pinned = names(value);
        break;
      case "width":
        state.widths = readWidths(value);
        break;
    }
  }
  const next = tidy(state);
  return Object.keys(next).length === 0 ? undefined : next;
}

function readWidths(text: string): Record<string, number> {
  const out: Record<string, number> = {};
  for (const part of text.split(",")) {
    const colon = part.lastIndexOf(":");
    const px = Number(part.slice(colon + 1));
    if (colon > 0 && Number.isFinite(px) && px > 0) out[unescapeName(part.slice(0, colon))] = clampWidth(px, 24);
  }
  return out;
}

/** `name.desc,id` as the API's `order` parameter has it; "" for no sort. */
export function writeSort(sort: readonly SortTerm[]): string {
  return sort.map((term) => writeName(term.key) + (term.desc ? ".desc" : "")).join(",");
}

export function readSort(text: string | undefined): SortTerm[] {
  const out: SortTerm[] = [];
  let at = 0;
  while (text && at < text.length) {
    const quoted = readQuoted(text, at);
    const comma = text.indexOf(",", quoted ? quoted.end : at);
    const end = comma < 0 ? text.length : comma;
    const term = text.slice(quoted ? quoted.end : at, end);
    const dot = quoted ? 0 : term.indexOf(".");
    const key = quoted ? quoted.text : dot < 0 ? term : term.slice(0, dot);
    const direction = dot < 0 ? "" : term.slice(dot);
    if (key !== "" && !out.some((t) => t.key === key)) out.push({ key, desc: /^\.desc\b/.test(direction) });
    at = end + 1;
  }
  return out;
}

/** The sort after a click on a header: ascending, descending, off; others are kept when `add` (Shift). */
export function toggleSort(sort: readonly SortTerm[], key: string, add: boolean): SortTerm[] {
  const current = sort.find((term) => term.key === key);
  const next = current ? (current.desc ? undefined : { key, desc: true }) : { key, desc: false };
  if (!add) return next ? [next] : [];
  if (!current) return [...sort, { key, desc: false }];
  return sort.flatMap((term) => (term.key === key ? (next ?? []) : term));
}
