export { readColumnState, readSort, writeColumnState, writeSort } from "./address";
export { DataGrid } from "./DataGrid";
export { SmallButton } from "./SmallButton";
export { selectedCount } from "./selection";
export * from "./types";
