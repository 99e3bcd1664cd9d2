import { describe, expect, it } from "vitest";
import { decode, fromAddressText, fromQuery } from "./decode";
import { toAddress, toAddressText, toQuery } from "./encode";
import { choiceOf, isComplete, operatorsFor, typedColumn, withOperator } from "./operators";
import type { FilterColumn, FilterCondition, FilterNode, FilterState } from "./types";

const cond = (column: string, op: FilterCondition["op"], value = "", more: Partial<FilterCondition> = {}) =>
  ({ kind: "condition", column, op, value, ...more }) satisfies FilterCondition;
const state = (...items: FilterNode[]): FilterState => ({ items });

const NASTY = [
  "plain",
  "",
  " ",
  "a,b",
  'say "hi"',
  "(x)",
  ")",
  "(",
  "back\\slash",
  "\\",
  '\\"',
  "a.b.c",
  "eq.1",
  "not.eq.1",
  "100%",
  "under_score",
  "star*red",
  "*",
  "**",
  "^a$",
  "a+b?[c]{d}|e",
  "{a,b}",
  "null",
  "Grüße, 東京 🚀",
  "line\nbreak",
  "a&b=c#d+e%20",
  "'; drop table x; --",
  "or(a.eq.1)",
];

describe("toQuery writes PostgREST's grammar", () => {
  it("writes plain conditions as parameters", () => {
    expect(toQuery(state(cond("age", "gte", "18"), cond("name", "neq", "a,b")))).toEqual([
      ["age", "gte.18"],
      ["name", "neq.a,b"],
    ]);
  });
  it("quotes inside lists and groups only", () => {
    expect(toQuery(state(cond("name", "in", "", { values: ["a", "b,c", 'd"e', ""] })))).toEqual([
      ["name", 'in.(a,"b,c","d\\"e","")'],
    ]);
    const group: FilterNode = {
      kind: "group",
      join: "or",
      items: [
        cond("age", "lt", "18"),
        { kind: "group", join: "and", items: [cond("note", "eq", "a,(b)"), cond("vip", "is", "true", { not: true })] },
      ],
    };
    expect(toQuery(state(group))).toEqual([["or", '(age.lt.18,and(note.eq."a,(b)",vip.not.is.true))']]);
  });
  it("writes friendly operators as fixed shapes", () => {
    expect(toQuery(state(cond("t", "contains", "50%")))).toEqual([["t", "ilike.*50\\%*"]]);
    expect(toQuery(state(cond("t", "starts", "a*")))).toEqual([["t", "imatch.^a\\*"]]);
    expect(toQuery(state(cond("n", "between", "", { values: ["1", "5"] })))).toEqual([["and", "(n.gte.1,n.lte.5)"]]);
    expect(toQuery(state(cond("t", "empty", "", { not: true })))).toEqual([["not.or", '(t.is.null,t.eq."")']]);
  });
  it("quotes odd column names and keeps reserved words out of the parameter names", () => {
    expect(toQuery(state(cond("my.col", "eq", "1")))).toEqual([['"my.col"', "eq.1"]]);
    expect(toQuery(state(cond("order", "eq", "1")))).toEqual([["and", "(order.eq.1)"]]);
    expect(toQuery(state(cond("or", "eq", "1")))).toEqual([['"or"', "eq.1"]]);
    expect(toQuery(state(cond("meta", "eq", "x", { path: "->a->>b" })))).toEqual([["meta->a->>b", "eq.x"]]);
  });
  it("leaves out groups that say nothing", () => {
    expect(toQuery(state({ kind: "group", join: "or", items: [] }))).toEqual([]);
  });
  it("resolves relative stretches for a request and keeps them in the address", () => {
    const s = state(cond("at", "relative", "last.7.day"));
    const now = new Date(2026, 10, 20, 13, 45);
    const columns = [{ name: "at", label: "At", category: "date" as const }];
    expect(toQuery(s, { now, columns })).toEqual([["and", "(at.gte.2026-11-14,at.lt.2026-11-21)"]]);
    expect(toAddress(s)).toEqual([["at", "relative.last.7.day"]]);
    expect(fromQuery(toAddress(s))).toEqual(s);
  });
});

describe("fromQuery", () => {
  it("ignores what is no filter", () => {
    expect(
      fromQuery([
        ["limit", "10"],
        ["order", "a.desc"],
        ["search", "x"],
        ["select", "a"],
      ]),
    ).toEqual(state());
  });
  it("says what it can't read", () => {
    for (const pair of [
      ["a", "1"],
      ["a", "foo.1"],
      ["or", "(a.eq.1"],
      ["or", "a.eq.1"],
      ["and", "(a)"],
      ["a", "in.1"],
      ["a", "relative.soon"],
    ]) {
      const got = decode([pair as [string, string]]);
      expect(got.state.items, pair.join("=")).toEqual([]);
      expect(got.problems).toEqual([pair.join("=")]);
    }
  });
  it("keeps operators of the grammar that have no friendly name", () => {
    for (const [key, value] of [
      ["a", "like.a*b*c"],
      ["a", "eq(any).{1,2}"],
      ["a", "fts(german).haus"],
      ["a", "not.isdistinct.1"],
      ["a", "imatch.^x+$"],
      ["a", "ilike.a%b"],
      ["a", "cs.{a,b}"],
    ] as const) {
      expect(toQuery(fromQuery([[key, value]]))).toEqual([[key, value]]);
    }
  });
  it("reads bare braces in a group", () => {
    expect(fromQuery([["or", "(tags.cs.{a,b},n.eq.1)"]])).toEqual(
      state({ kind: "group", join: "or", items: [cond("tags", "cs", "{a,b}"), cond("n", "eq", "1")] }),
    );
  });
});

describe("round trip", () => {
  const ops: FilterCondition["op"][] = ["eq", "neq", "gt", "contains", "starts", "ends", "match", "cs", "wfts"];
  for (const text of NASTY) {
    it(`keeps ${JSON.stringify(text)}`, () => {
      const items: FilterNode[] = [];
      // "Ends with nothing" is never sent and has no shape of its own.
      const suited = text === "" ? ops.filter((op) => op !== "ends") : ops;
      for (const op of suited) for (const not of [false, true]) items.push(cond("c", op, text, not ? { not } : {}));
      items.push(cond("c", "in", "", { values: [text, "x", text] }));
      items.push(cond("c", "between", "", { values: [text, text], not: true }));
      if (text !== "") items.push(cond(text, "eq", "1"));
      const whole = state(...items, {
        kind: "group",
        join: "or",
        not: true,
        items: [...items, { kind: "group", join: "and", items }],
      });
      expect(fromQuery(toQuery(whole))).toEqual(whole);
      expect(fromAddressText(toAddressText(whole))).toEqual({ state: whole, problems: [] });
    });
  }

  it("holds for random nested states", () => {
    const random = mulberry(20261120);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const word = () =>
      Array.from({ length: Math.floor(random() * 6) }, () => pick([...'ab1 ,.()"\\*%_{}:→ü'])).join("");
    const column = () => `c${word()}`;
    const node = (depth: number): FilterNode => {
      if (depth > 0 && random() < 0.35) {
        const items = Array.from({ length: 3 + Math.floor(random() * 2) }, () => node(depth - 1));
        return { kind: "group", join: pick(["and", "or"] as const), items, ...(random() < 0.3 ? { not: true } : {}) };
      }
      const not = random() < 0.3 ? { not: true } : {};
      const op = pick([...ops, "in", "between", "empty", "is"] as const);
      if (op === "in") return cond(column(), op, "", { values: [word(), word()], ...not });
      if (op === "between") return cond(column(), op, "", { values: [word(), word()], ...not });
      if (op === "empty") return cond(column(), op, "", not);
      if (op === "is") return cond(column(), op, pick(["null", "true"]), not);
      return cond(column(), op, op === "ends" ? `e${word()}` : word(), not);
    };
    for (let i = 0; i < 2000; i++) {
      const s = state(...Array.from({ length: 1 + Math.floor(random() * 3) }, () => node(3)));
      expect(fromQuery(toQuery(s))).toEqual(s);
    }
  });

  it("never throws on arbitrary text", () => {
    const random = mulberry(7);
    const pick = (from: string) => from[Math.floor(random() * from.length)];
    for (let i = 0; i < 5000; i++) {
      const text = Array.from({ length: Math.floor(random() * 20) }, () => pick('aeq.(),"\\in{}notrd->')).join("");
      const read = decode([
        [text.slice(0, 5), text],
        ["or", text],
        ["not.and", `(${text})`],
      ]);
      const again = toQuery(read.state);
      expect(toQuery(fromQuery(again))).toEqual(again);
    }
  });
});

function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

describe("a condition is complete", () => {
  const of = (category: FilterColumn["category"]): FilterColumn => ({ name: "c", label: "c", category });
  it("with an empty text only where that is a value", () => {
    expect(isComplete(cond("c", "eq"), of("text"))).toBe(true);
    expect(isComplete(cond("c", "eq", "", { path: "->>a" }), of("json"))).toBe(true);
    expect(isComplete(cond("c", "eq"), of("int"))).toBe(false);
    expect(isComplete(cond("c", "eq"), of("date"))).toBe(false);
    expect(isComplete(cond("c", "like"), of("text"))).toBe(false);
  });
});

describe("operators of what a path gives", () => {
  const doc: FilterColumn = { name: "doc", label: "doc", category: "json", nullable: false };
  const ids = (path: string | undefined) => operatorsFor(typedColumn(doc, path)).map((choice) => choice.id);

  it("are those of text after ->>, and those of JSON otherwise", () => {
    expect(ids("->a->>b")).toEqual(expect.arrayContaining(["contains", "starts", "empty", "is.null", "in"]));
    expect(ids("->a")).toContain("cs");
    expect(ids("->a")).not.toContain("contains");
    expect(ids(undefined)).not.toContain("is.null");
  });

  it("are what the server takes, in the order of the category, and nothing else", () => {
    const of = (category: FilterColumn["category"], operators: string[], empty: string[] = []) =>
      operatorsFor({ name: "c", label: "c", category, nullable: false, operators, empty }).map((choice) => choice.id);
    expect(of("text", ["eq", "ilike", "in"], [""])).toEqual([
      "contains",
      "not.contains",
      "starts",
      "ends",
      "eq",
      "in",
      "not.in",
      "empty",
      "not.empty",
    ]);
    expect(of("other", ["is"])).toEqual([]);
    expect(of("other", ["sl", "isdistinct"])).toEqual(["sl", "isdistinct"]);
    expect(of("array", ["eq", "cs"], ["{}"])).toEqual(["cs", "not.cs", "eq", "empty", "not.empty"]);
  });

  it("say empty in the words of the type, and are read back", () => {
    const range: FilterColumn = { name: "r", label: "r", category: "range", operators: ["eq"], empty: ["empty"] };
    const json: FilterColumn = { ...range, category: "json", empty: ["{}", "[]", "null"] };
    for (const [column, text] of [
      [range, "(r.is.null,r.eq.empty)"],
      [json, '(r.is.null,r.in.("{}",[],null))'],
    ] as const) {
      const choice = operatorsFor(column).find((one) => one.id === "empty");
      if (!choice) throw new Error("no choice");
      const condition = withOperator(cond("r", "eq"), choice);
      expect(toQuery(state(condition))).toEqual([["or", text]]);
      expect(fromQuery([["or", text]])).toEqual(state(condition));
      expect(choiceOf(condition, column).id).toBe("empty");
    }
  });

  it("are searches where a column is made to be searched", () => {
    const search = operatorsFor({ name: "s", label: "s", category: "other", textSearch: true }).map((one) => one.id);
    expect(search).toEqual(expect.arrayContaining(["wfts", "phfts", "is.null"]));
    expect(search).not.toContain("eq");
  });
});
