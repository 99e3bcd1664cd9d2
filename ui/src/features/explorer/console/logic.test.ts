import { describe, expect, it } from "vitest";
import { drawn, guess, timeOf } from "./chart";
import { asCli, asMarkdown, asTable } from "./copy-as";
import { heard, NO_RUN, type Result } from "./frames";
import { readPlan } from "./plan";
import { indexOf, statementAt, statementsOf, writes } from "./statements";

const texts = (sql: string) => statementsOf(sql).map((one) => one.text);

describe("statements", () => {
  it("are divided where the server divides them", () => {
    expect(texts("select 1; select ';' ;; -- ;\n select \"a;b\"")).toEqual(["select 1", "select ';'", 'select "a;b"']);
    expect(texts("do $x$ begin; end $x$; select E'it\\'s;', $$;$$")).toHaveLength(2);
    expect(
      texts("create function f() returns int begin atomic select 1; select case when true then 1 end; end; select 2"),
    ).toHaveLength(2);
    expect(texts("/* a /* ; */ ; */ -- nothing")).toEqual([]);
  });
  it("name their parameters, but not casts and bounds", () => {
    expect(statementsOf("select :a::int, $2, ':no', arr[1:b], :a /* :c */")[0]?.parameters).toEqual(["a", "2"]);
  });
  it("are found at the cursor", () => {
    const sql = "select 1;\n\nselect 2;  ";
    const all = statementsOf(sql);
    expect(statementAt(all, 3)?.text).toBe("select 1");
    expect(statementAt(all, 12)?.text).toBe("select 2");
    expect(statementAt(all, sql.length)?.text).toBe("select 2");
    expect(statementAt([], 0)).toBeUndefined();
  });
  it("are marked when they may change something", () => {
    const marked = statementsOf(
      "select 1; with x as (delete from t returning 1) select 1; update t set a = 1; with a as (select 1) select 1",
    ).map(writes);
    expect(marked).toEqual([false, true, true, false]);
  });
  it("find places that are counted in characters", () => {
    expect(indexOf("a\n🦆b c", 2, 2)).toBe(4);
    expect(indexOf("a", 9, 9)).toBe(1);
  });
});

const result = (columns: [string, string][], rows: Result["rows"]): Result => ({
  sql: "",
  line: 1,
  column: 1,
  columns: columns.map(([name, type]) => ({ name, type })),
  rows,
  notices: [],
  done: null,
});

describe("a run", () => {
  it("is what its frames say", () => {
    let run = NO_RUN("read");
    run = heard(run, { frame: "run", run: "1", mode: "read", statements: 1 });
    run = heard(run, { frame: "statement", index: 0, line: 1, column: 1, sql: "select" });
    run = heard(run, { frame: "columns", index: 0, columns: [{ name: "n", type: "integer" }] });
    run = heard(run, { frame: "rows", index: 0, rows: [["1"]] });
    run = heard(run, { frame: "rows", index: 0, rows: [[null]] });
    run = heard(run, { frame: "end", outcome: "ok", kept: "nothing", done: 1, milliseconds: 1 });
    expect([run.id, run.results[0]?.rows, run.end?.outcome]).toEqual(["1", [["1"], [null]], "ok"]);
  });
  it("is copied so that it can be read back", () => {
    const some = result(
      [
        ["a", "text"],
        ["b", "text"],
      ],
      [
        ["x\ty", null],
        ["1|2", ""],
      ],
    );
    expect(asTable(some)).toBe('a\tb\n"x\ty"\t\n1|2\t');
    expect(asMarkdown(some)).toBe("| a | b |\n| --- | --- |\n| x\ty | NULL |\n| 1\\|2 |  |");
    const question = {
      source: "main",
      sql: "select 'it''s'",
      mode: "transaction" as const,
      parameters: { a: "1", b: null },
      maxRows: 5,
      timeout: 60,
      from: 0,
    };
    expect(asCli(question)).toBe(
      `quarterdeck sql --mode transaction --max-rows 5 --param a=1 --null b 'select '\\''it'\\'''\\''s'\\'''`,
    );
  });
});

describe("a chart", () => {
  it("guesses what goes along and what goes up", () => {
    const sales = result(
      [
        ["day", "date"],
        ["n", "bigint"],
        ["sum", "numeric"],
      ],
      [
        ["2026-11-02", "2", "1.5"],
        ["2026-11-01", "1", null],
      ],
    );
    expect(guess(sales)).toEqual({ x: 0, y: [1, 2], kind: "line" });
    const lines = drawn(sales, { x: 0, y: [2], kind: "line" });
    expect(lines.series[0]?.values).toEqual([null, 1.5]);
    expect(lines.xs[0]).toBe(Date.UTC(2026, 10, 1) / 1000);
    expect(guess(result([["t", "text"]], [["x"]]))).toBeNull();
  });
  it("reads moments as PostgreSQL writes them", () => {
    expect(timeOf("2026-11-20 08:30:00+00")).toBe(Date.UTC(2026, 10, 20, 8, 30) / 1000);
    expect(timeOf("2026-11-20 08:30:00.5")).toBe(Date.UTC(2026, 10, 20, 8, 30) / 1000 + 0.5);
    expect(timeOf("infinity")).toBeNull();
  });
});

describe("a plan", () => {
  const node = {
    "Node Type": "Seq Scan",
    "Relation Name": "orders",
    Filter: "(a = 1)",
    "Plan Rows": 5,
    "Total Cost": 900,
  };
  const ran = {
    ...node,
    "Actual Rows": 3,
    "Actual Loops": 1,
    "Actual Total Time": 40,
    "Rows Removed by Filter": 59_997,
  };
  const top = {
    "Node Type": "Sort",
    "Plan Rows": 5,
    "Total Cost": 1000,
    "Actual Rows": 900,
    "Actual Loops": 1,
    "Actual Total Time": 50,
  };
  const sort = { ...top, "Sort Space Type": "Disk", "Sort Space Used": 4096, Plans: [ran] };
  it("says where the time goes and what stands out", () => {
    const plan = readPlan(JSON.stringify([{ Plan: sort, "Execution Time": 51 }]));
    expect(plan?.nodes.map((one) => [one.name, one.depth, one.own, one.share])).toEqual([
      ["Sort", 0, 10, 0.2],
      ["Seq Scan", 1, 40, 0.8],
    ]);
    expect(plan?.nodes.flatMap((one) => one.hints.map((hint) => hint.kind))).toEqual([
      "misestimate",
      "spilled",
      "seqScan",
    ]);
  });
  it("says nothing about what it doesn't know", () => {
    const plan = readPlan(JSON.stringify([{ Plan: { ...node, Filter: undefined } }]));
    expect([plan?.execution, plan?.nodes[0]?.actual, plan?.nodes[0]?.hints]).toEqual([null, null, []]);
    expect(readPlan("Seq Scan on t")).toBeNull();
  });
});
