export { readColumnState, readSort, writeColumnState, writeSort } from "./address";
export { roomForLabel, shownColumns } from "./columns";
export { DataGrid } from "./DataGrid";
export { SelectionBar } from "./SelectionBar";
export { SmallButton } from "./SmallButton";
export { SortChips } from "./SortChips";
export * from "./types";
export { useRowKeys } from "./useRowKeys";
export { useSelectAll } from "./useSelectAll";
