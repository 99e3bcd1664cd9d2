import { MantineProvider } from "@mantine/core";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { DataGrid } from "./DataGrid";
import english from "./locales/en.json";
import type { DataGridProps, GridColumn, RowMark } from "./types";

interface Item {
  id: string;
}

const COLUMNS: GridColumn<Item>[] = [{ key: "id", label: "id", render: (row) => row.id }];
const ROWS = ["new", "1", "2", "3"].map((id) => ({ id }));

vi.setConfig({ testTimeout: 30_000 });

beforeAll(async () => {
  await i18next
    .use(initReactI18next)
    .init({ lng: "en", resources: { en: { translation: english } }, interpolation: { escapeValue: false } });
});
beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 400 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => 900 });
});
afterEach(cleanup);

function show(more: Partial<DataGridProps<Item>> = {}) {
  const grid = (
    <MantineProvider>
      <DataGrid columns={COLUMNS} rows={ROWS} rowKey={(row) => row.id} ariaLabel="Things" ahead={1} {...more} />
    </MantineProvider>
  );
  return render(grid);
}

const goTo = (row: number) => act(() => document.querySelector<HTMLElement>(`[data-r="${row}"] [data-c="1"]`)?.focus());
const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

it("neither counts nor chooses the rows before the list", () => {
  const onSelection = vi.fn();
  show({ onSelection, selection: { keys: [] } });
  expect(document.body.textContent).toContain("1–3");
  expect(screen.getByRole("grid").getAttribute("aria-rowcount")).toBe("5");
  goTo(0);
  press("x");
  expect(onSelection).not.toHaveBeenCalled();
  press("a", { ctrlKey: true });
  expect(onSelection).toHaveBeenLastCalledWith({ keys: ["1", "2", "3"] });
});

it("takes the chosen rows away by a key, or else the one with the focus, a new one too", () => {
  const onRemove = vi.fn();
  const selected = { onRemove, onSelection: vi.fn() };
  const { unmount } = show({ ...selected, selection: { keys: [] } });
  for (const row of [0, 2]) {
    goTo(row);
    press("Delete", { ctrlKey: true });
  }
  expect(onRemove.mock.calls).toEqual([[["new"]], [["2"]]]);
  unmount();
  show({ ...selected, selection: { keys: ["1", "3"] } });
  goTo(2);
  press("Backspace", { metaKey: true });
  expect(onRemove).toHaveBeenLastCalledWith(["1", "3"]);
});

it("says of a marked row what it is, and why it was refused", () => {
  const rowMarks = new Map<string, RowMark>([
    ["new", { kind: "new", label: "New row" }],
    ["2", { kind: "doomed", label: "To be deleted", problem: "Others point here" }],
  ]);
  show({ rowMarks, onSelection: vi.fn(), selection: { keys: [] } });
  const row = (number: number) => document.querySelector(`[data-r="${number}"]`);
  expect(row(0)?.textContent).toContain("New row");
  expect(row(2)?.textContent).toContain("To be deleted: Others point here");
  expect(row(2)?.hasAttribute("data-refused")).toBe(true);
  expect(row(1)?.hasAttribute("data-row-mark")).toBe(false);
});
