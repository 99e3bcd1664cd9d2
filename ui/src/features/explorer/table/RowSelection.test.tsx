import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { GridSelection } from "~/kit/grid";
import type { QueryPairs } from "~/lib/api";
import { renderPiece, serve } from "~/lib/test-render";
import type { Many } from "../batch/model";
import type { Doomed } from "../doomed";
import type { Table } from "../model";
import { RowSelection } from "./RowSelection";
import "../texts";

const tableRef = { source: "shop", schema: "public", table: "track" };
const yes = { allowed: true, reason: null };
const no = { allowed: false, reason: "Needs rows:batch" };
const table = {
  schema: "public",
  name: "track",
  primary_key: ["track_id"],
  update: yes,
  delete: yes,
  batch: no,
} as unknown as Table;

interface Given {
  matching?: QueryPairs;
  complete?: boolean;
  keys?: string[];
  batch?: boolean;
}

interface PieceProps {
  onDelete: (doomed: Doomed) => void;
  onMany: (many: Many) => void;
  given: Given;
}

function Piece({ onDelete, onMany, given }: PieceProps) {
  const [selection, setSelection] = useState<GridSelection>({ keys: given.keys ?? ["1", "2"] });
  return (
    <RowSelection
      tableRef={tableRef}
      table={given.batch ? { ...table, batch: yes } : table}
      selection={selection}
      onSelection={setSelection}
      matching={given.matching ?? [["composer", "ilike.*Page*"]]}
      loaded={100}
      complete={given.complete ?? false}
      onDelete={onDelete}
      onMany={onMany}
    />
  );
}

/** The rows tab's selection bar, where `total` rows match. */
async function open(total: number, given: Given = {}) {
  const sent = serve(() => ({ body: [], headers: { "Content-Range": `0-0/${total}` } }));
  const onDelete = vi.fn<(doomed: Doomed) => void>();
  const onMany = vi.fn<(many: Many) => void>();
  await renderPiece(<Piece onDelete={onDelete} onMany={onMany} given={given} />);
  await screen.findByText("2 selected");
  return { sent, onDelete, onMany };
}

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("RowSelection", () => {
  it("deletes the rows picked one by one", async () => {
    const { onDelete } = await open(80);
    await userEvent.click(screen.getByRole("button", { name: "Delete 2 rows" }));
    expect(onDelete).toHaveBeenCalledWith({ keys: ["1", "2"], filter: [["track_id", "in.(1,2)"]], count: 2 });
  });

  it("offers everything that matches and deletes it by the same filter, counted anew", async () => {
    const { onDelete, sent } = await open(80);
    await userEvent.click(await screen.findByRole("button", { name: "Select all 80" }));
    await screen.findByText("80 selected");
    await userEvent.click(screen.getByRole("button", { name: "Delete 80 rows" }));
    await waitFor(() =>
      expect(onDelete).toHaveBeenCalledWith({ keys: null, filter: [["composer", "ilike.*Page*"]], count: 80 }),
    );
    expect(sent.every((one) => one.headers.get("Prefer") === "count=exact")).toBe(true);
  });

  it("says why not when more match than one statement may change", async () => {
    await open(3503);
    await screen.findByText("3,503 rows match; at most 1,000 can be deleted at once");
    expect(screen.queryByRole("button", { name: /Select all/ })).toBeNull();
  });

  it("says why not when the rows were found by search, which a write can't repeat", async () => {
    await open(3, { matching: [["search", "page"]] });
    await screen.findByText("Rows found by search can't be chosen all at once; use a filter");
    expect(screen.queryByRole("button", { name: /Select all/ })).toBeNull();
  });

  it("takes however many where batches are allowed, found by search too", async () => {
    const matching: QueryPairs = [["search", "page"]];
    const { onMany, onDelete } = await open(3503, { batch: true, matching });
    await userEvent.click(await screen.findByRole("button", { name: "Select all 3,503" }));
    await userEvent.click(screen.getByRole("button", { name: "Change\u2026" }));
    expect(onMany).toHaveBeenLastCalledWith({ verb: "update", filter: matching, except: [], count: 3503 });
    await userEvent.click(screen.getByRole("button", { name: "Delete 3,503 rows" }));
    expect(onMany).toHaveBeenLastCalledWith({ verb: "delete", filter: matching, except: [], count: 3503 });
    expect(onDelete).not.toHaveBeenCalled();
  });

  it("changes rows picked one by one by their keys", async () => {
    const { onMany } = await open(3503, { batch: true });
    await userEvent.click(screen.getByRole("button", { name: "Change\u2026" }));
    expect(onMany).toHaveBeenCalledWith({ verb: "update", filter: [["track_id", "in.(1,2)"]], except: [], count: 2 });
  });
});
