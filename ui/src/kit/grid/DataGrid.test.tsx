import { MantineProvider } from "@mantine/core";
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { DataGrid } from "./DataGrid";
import english from "./locales/en.json";
import { placeOf } from "./navigation";
import type { DataGridProps, GridColumn, GridSelection } from "./types";

interface Item {
  id: number;
  name: string;
}

const items = (count: number): Item[] => Array.from({ length: count }, (_, i) => ({ id: i + 1, name: `Row ${i + 1}` }));
const COLUMNS: GridColumn<Item>[] = [
  { key: "id", label: "id", sortable: true, render: (row) => row.id },
  {
    key: "name",
    label: "name",
    sortable: true,
    render: (row) => row.name,
    editable: (row) => (row.id === 2 ? "It is sealed" : true),
    editor: ({ commit, error }) => (
      <>
        <button type="button" onClick={() => void commit("new", "down")}>
          commit
        </button>
        {error}
      </>
    ),
  },
];

// Rendering Mantine in jsdom is slow on a busy machine; what is tested is not how fast.
vi.setConfig({ testTimeout: 30_000 });

beforeAll(async () => {
  await i18next
    .use(initReactI18next)
    .init({ lng: "en", resources: { en: { translation: english } }, interpolation: { escapeValue: false } });
});

beforeEach(() => {
  // jsdom lays nothing out; the grid needs a size to know what is on screen.
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 400 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => 900 });
});
afterEach(cleanup);

function show(more: Partial<DataGridProps<Item>> = {}) {
  const props: DataGridProps<Item> = {
    columns: COLUMNS,
    rows: items(50),
    rowKey: (row) => String(row.id),
    ariaLabel: "Things",
    ...more,
  };
  const view = render(
    <MantineProvider>
      <DataGrid {...props} />
    </MantineProvider>,
  );
  const again = (next: Partial<DataGridProps<Item>>) =>
    view.rerender(
      <MantineProvider>
        <DataGrid {...props} {...next} />
      </MantineProvider>,
    );
  return { grid: screen.getByRole("grid"), again };
}

const cell = (row: number, col: number) => {
  const found = document.querySelector<HTMLElement>(`[data-r="${row}"] [data-c="${col}"]`);
  if (!found) throw new Error(`no cell ${row},${col}`);
  return found;
};
const goTo = (row: number, col: number) => act(() => cell(row, col).focus());
const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const focused = () => {
  const at = document.activeElement && placeOf(document.activeElement);
  return at ? [String(at.row), String(at.col)] : [undefined, undefined];
};

describe("for assistive technology", () => {
  it("is a grid with one tab stop", () => {
    const { grid } = show();
    expect(grid.querySelectorAll('[data-c][tabindex="0"]')).toHaveLength(1);
    expect(
      within(grid)
        .getAllByRole("columnheader")
        .map((h) => h.getAttribute("aria-sort")),
    ).toEqual(["none", "none"]);
  });
  it("says the number of rows, or that it isn't known", () => {
    const { grid, again } = show({ hasMore: true });
    expect(grid.getAttribute("aria-rowcount")).toBe("-1");
    again({ hasMore: true, total: { value: 9000, kind: "exact" } });
    expect(grid.getAttribute("aria-rowcount")).toBe("9001");
    again({ hasMore: true, total: { value: 9000, kind: "estimated" } });
    expect(grid.getAttribute("aria-rowcount")).toBe("-1");
    again({ hasMore: false });
    expect(grid.getAttribute("aria-rowcount")).toBe("51");
  });
  it("only renders what is on screen, and says where it is", () => {
    const { grid } = show({ rows: items(5000) });
    const rows = within(grid).getAllByRole("row");
    expect(rows.length).toBeLessThan(60);
    expect(rows[1]?.getAttribute("aria-rowindex")).toBe("2");
  });
});

describe("keyboard", () => {
  it("moves the one focus", () => {
    show();
    goTo(0, 0);
    press("ArrowDown");
    press("j");
    press("ArrowRight");
    expect(focused()).toEqual(["2", "1"]);
    press("k");
    press("Home");
    expect(focused()).toEqual(["1", "0"]);
    press("ArrowUp");
    press("ArrowUp");
    expect(focused()).toEqual(["-1", "0"]);
  });
  it("sorts by header, Shift adds", () => {
    const onSort = vi.fn();
    const { again } = show({ onSort });
    goTo(-1, 1);
    press("Enter");
    expect(onSort).toHaveBeenLastCalledWith([{ key: "name", desc: false }]);
    again({ onSort, sort: [{ key: "name", desc: false }] });
    expect(cell(-1, 1).getAttribute("aria-sort")).toBe("ascending");
    goTo(-1, 0);
    press("Enter", { shiftKey: true });
    expect(onSort).toHaveBeenLastCalledWith([
      { key: "name", desc: false },
      { key: "id", desc: false },
    ]);
  });
  it("selects rows and ranges, Esc clears", () => {
    let selection: GridSelection = { keys: [] };
    const onSelection = vi.fn((next: GridSelection) => {
      selection = next;
    });
    const selectionBar = <section aria-label="Chosen" />;
    const { again } = show({ onSelection, selection, selectionBar });
    const sync = () => again({ onSelection, selection, selectionBar });
    goTo(1, 1);
    press("x");
    sync();
    expect(selection.keys).toEqual(["2"]);
    press("ArrowDown", { shiftKey: true });
    sync();
    expect(selection.keys).toEqual(["2", "3"]);
    expect(screen.getByRole("region", { name: "Chosen" })).toBeTruthy();
    press("Escape");
    sync();
    expect(selection.keys).toEqual([]);
    expect(screen.queryByRole("region", { name: "Chosen" })).toBeNull();
  });
  it("opens with Enter, and moving on opens the next while one is open", () => {
    const onRowOpen = vi.fn();
    const { again } = show({ onRowOpen });
    goTo(0, 1);
    press("Enter");
    expect(onRowOpen).toHaveBeenLastCalledWith({ id: 1, name: "Row 1" });
    again({ onRowOpen, openRow: "1" });
    press("j");
    expect(onRowOpen).toHaveBeenLastCalledWith({ id: 2, name: "Row 2" });
  });
  it("leaves letters alone when people switched them off", () => {
    localStorage.setItem("quarterdeck.keyboard", "false");
    show();
    goTo(0, 0);
    press("j");
    expect(focused()).toEqual(["0", "0"]);
    localStorage.removeItem("quarterdeck.keyboard");
  });
});

describe("editing", () => {
  it("opens where it may and says why where it may not", () => {
    show({ onCellEdit: async () => {} });
    goTo(1, 1);
    press("F2");
    expect(screen.getAllByText("Not editable: It is sealed").length).toBeGreaterThan(0);
    goTo(0, 1);
    press("e");
    expect(screen.getByText("commit")).toBeDefined();
  });
  it("moves on when stored, stays with the reason when refused", async () => {
    const onCellEdit = vi.fn().mockRejectedValueOnce(new Error("Already taken")).mockResolvedValueOnce(undefined);
    show({ onCellEdit });
    goTo(0, 1);
    press("F2");
    fireEvent.click(screen.getByText("commit"));
    expect(await screen.findByText("Already taken")).toBeDefined();
    fireEvent.click(screen.getByText("commit"));
    await vi.waitFor(() => expect(focused()).toEqual(["1", "1"]));
    expect(onCellEdit.mock.calls[1]?.[0]).toMatchObject({ value: "new", row: { id: 1 } });
  });
});

describe("loading", () => {
  it("asks for more near the end, once more rows are wanted", () => {
    const loadMore = vi.fn();
    show({ rows: items(20), hasMore: true, loadMore });
    expect(loadMore).toHaveBeenCalled();
  });
  it("doesn't ask when there is no more or an answer is awaited", () => {
    const loadMore = vi.fn();
    const { again } = show({ rows: items(20), hasMore: false, loadMore });
    again({ rows: items(20), hasMore: true, loading: true, loadMore });
    expect(loadMore).not.toHaveBeenCalled();
  });
  it("shows what stands for no rows only when there are none", () => {
    const { again } = show({ rows: [], loading: true, empty: "Nothing here" });
    expect(screen.queryByText("Nothing here")).toBeNull();
    again({ rows: [], loading: false, empty: "Nothing here" });
    expect(screen.getByText("Nothing here")).toBeDefined();
  });
  it("counts exactly on demand", () => {
    const onCountExact = vi.fn();
    const { again } = show({ hasMore: true, total: { value: 1_234_567, kind: "estimated" }, onCountExact });
    fireEvent.click(screen.getByText("~1.2M"));
    expect(onCountExact).toHaveBeenCalled();
    again({ hasMore: true, total: { value: 1_234_567, kind: "exact" }, onCountExact });
    expect(screen.getByText("1,234,567")).toBeDefined();
  });
});
