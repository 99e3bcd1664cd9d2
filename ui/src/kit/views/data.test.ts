import { expect, test } from "vitest";
import { defaultOf, patchOf, type SavedView, stateOf, wordsOf } from "./data";
import { densityOf } from "./useListDensity";

const view = (given: Partial<SavedView>): SavedView => ({
  id: "1",
  name: "One",
  page: "/admin/users",
  state: "",
  audience: "me",
  role_id: null,
  is_default: false,
  made_by: "Ada",
  mine: true,
  slug: "one",
  version: "1",
  ...given,
});

test("one's own default counts before that of one's role, and that before everybody's", () => {
  const everybody = view({ slug: "e", audience: "everybody", is_default: true });
  const role = view({ slug: "r", audience: "role", is_default: true, mine: false });
  const mine = view({ slug: "m", is_default: true });
  expect(defaultOf([everybody, role, mine])?.slug).toBe("m");
  expect(defaultOf([everybody, role])?.slug).toBe("r");
  expect(defaultOf([everybody, view({})])?.slug).toBe("e");
  expect(defaultOf([view({})])).toBeUndefined();
});

test("a view says everything that a list keeps, so that nothing of the one before it stays", () => {
  expect(patchOf(view({ state: "order=name&filter=status%3Deq.active" }))).toEqual({
    filter: "status=eq.active",
    search: undefined,
    order: "name",
    cols: undefined,
    density: undefined,
    row: undefined,
    view: "one",
  });
  expect(patchOf(null).view).toBe("none");
});

test("the same state is the same text, whatever order its words came in", () => {
  const given: Record<string, string> = { order: "name", density: "compact", filter: "a=eq.1", row: "5" };
  const state = stateOf({ get: (name) => given[name], set: () => {} });
  expect(state).toBe("filter=a%3Deq.1&order=name&density=compact");
  expect(wordsOf(state)).toBe("filter a=eq.1 · order name · density compact");
});

test("an address that says nonsense of the row height is as good as silent", () => {
  expect(densityOf("compact", "normal")).toBe("compact");
  for (const said of [undefined, "", "huge", "toString", "constructor"])
    expect(densityOf(said, "relaxed")).toBe("relaxed");
});
