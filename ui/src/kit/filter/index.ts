export * from "./decode";
export * from "./encode";
export { FilterBar } from "./FilterBar";
export * from "./types";
