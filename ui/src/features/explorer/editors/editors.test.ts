import { describe, expect, it } from "vitest";
import { elementColumn, readItems } from "./array/items";
import { draftOf, parseDraft } from "./draft";
import { parseExactJson, prettyJson } from "./json/exact";
import { editorOf } from "./registry";
import { localText, readInstant, typedInstant, utcText } from "./timestamptz/zone";
import type { EditedColumn } from "./types";

type Category = EditedColumn["category"];
const column = (category: Category, type: string = category, more: Partial<EditedColumn> = {}): EditedColumn => ({
  name: "c",
  type,
  category,
  nullable: true,
  max_length: null,
  enum_values: null,
  element: null,
  ...more,
});
const parse = (text: string, c: EditedColumn) => editorOf(c.category).parse(text, c);
const accepted = (text: string, c: EditedColumn) => {
  const got = parse(text, c);
  if (!got.ok) throw new Error(`${text}: ${got.code}`);
  return got.value;
};
const refused = (text: string, c: EditedColumn) => {
  const got = parse(text, c);
  return got.ok ? `accepted ${JSON.stringify(got.value)}` : got.code;
};

describe("NULL and empty", () => {
  it("are two things for text", () => {
    const c = column("text");
    expect(parseDraft(draftOf(null, c), c)).toEqual({ ok: true, value: null });
    expect(parseDraft(draftOf("", c), c)).toEqual({ ok: true, value: "" });
    expect(draftOf(null, c)).toEqual({ text: "", isNull: true });
    expect(draftOf("", c)).toEqual({ text: "", isNull: false });
  });
  it("the word null is a text, and a blank is no number", () => {
    expect(accepted("null", column("text"))).toBe("null");
    expect(refused("", column("int"))).toBe("blank");
    expect(refused("null", column("int"))).toBe("integer");
  });
  it("NULL is refused where the column forbids it", () => {
    const c = column("text", "text", { nullable: false });
    expect(parseDraft({ text: "", isNull: true }, c)).toEqual({ ok: false, code: "notNull", params: undefined });
  });
});

describe("text", () => {
  it("keeps blanks, leading zeros and line breaks", () => {
    for (const text of ["007", "  x ", "a\r\nb\t", "🚀"]) expect(accepted(text, column("text"))).toBe(text);
  });
  it("counts characters, not UTF-16 units", () => {
    const c = column("text", "character varying(2)", { max_length: 2 });
    expect(accepted("🚀🚀", c)).toBe("🚀🚀");
    expect(refused("abc", c)).toBe("tooLong");
    expect(refused("a\0", column("text"))).toBe("nul");
  });
});

describe("whole numbers", () => {
  const int8 = column("bigint");
  it("hold the extremes of int8 exactly", () => {
    for (const text of ["9223372036854775807", "-9223372036854775808", "9007199254740993"]) {
      expect(accepted(text, int8)).toBe(text);
      expect(editorOf("bigint").format(text, int8)).toBe(text);
    }
    expect(refused("9223372036854775808", int8)).toBe("range");
    expect(refused("-9223372036854775809", int8)).toBe("range");
  });
  it("know the range of each type", () => {
    expect(accepted("32767", column("int", "smallint"))).toBe(32767);
    expect(refused("32768", column("int", "smallint"))).toBe("range");
    expect(accepted(" +2147483647 ", column("int", "integer"))).toBe(2147483647);
    expect(refused("2147483648", column("int", "integer"))).toBe("range");
    for (const text of ["1.5", "1e3", "0x1", "1 2", "--1"]) expect(refused(text, column("int"))).toBe("integer");
  });
});

describe("numeric", () => {
  it("keeps every digit as text", () => {
    for (const text of ["0.1000", "12345678901234567890.123456789", "-1e-20", ".5", "NaN"]) {
      expect(accepted(text, column("numeric"))).toBe(text);
    }
  });
  it("refuses what PostgreSQL would round or overflow", () => {
    const c = column("numeric", "numeric(5,2)");
    expect(accepted("999.99", c)).toBe("999.99");
    expect(accepted("1.500", c)).toBe("1.500");
    expect(accepted("1.5e2", c)).toBe("1.5e2");
    expect(refused("1.005", c)).toBe("scale");
    expect(refused("1000", c)).toBe("precision");
    expect(refused("1e3", c)).toBe("precision");
    expect(refused("Infinity", c)).toBe("infinite");
    expect(accepted("-infinity", column("numeric"))).toBe("-Infinity");
    for (const text of ["1,5", "abc", "1.2.3", "e5"]) expect(refused(text, c)).toBe("number");
  });
});

describe("float and bool", () => {
  it("parse and refuse", () => {
    expect(accepted("1e3", column("float"))).toBe(1000);
    expect(accepted("-inf", column("float"))).toBe("-Infinity");
    expect(accepted("nan", column("float"))).toBe("NaN");
    expect(refused("1e999", column("float"))).toBe("floatRange");
    expect(refused("1,5", column("float"))).toBe("number");
    expect(accepted("true", column("bool"))).toBe(true);
    expect(accepted("false", column("bool"))).toBe(false);
    expect(refused("", column("bool"))).toBe("blank");
  });
});

describe("days and times", () => {
  it("exist in the calendar", () => {
    expect(accepted("2024-02-29", column("date"))).toBe("2024-02-29");
    expect(accepted("0044-03-15 BC", column("date"))).toBe("0044-03-15 BC");
    expect(accepted("Infinity", column("date"))).toBe("infinity");
    for (const text of ["2023-02-29", "2023-13-01", "2023-00-10", "20-1-1", "0000-01-01"]) {
      expect(refused(text, column("date"))).toBe("date");
    }
  });
  it("keep microseconds", () => {
    expect(accepted("13:45:00.123456", column("time"))).toBe("13:45:00.123456");
    expect(accepted("24:00", column("time"))).toBe("24:00:00");
    expect(accepted("13:45+05:30", column("time", "time with time zone"))).toBe("13:45:00+05:30");
    expect(refused("24:01", column("time"))).toBe("time");
    expect(refused("13:45+01", column("time"))).toBe("time");
    expect(accepted("2026-11-20 13:45:00.000001", column("timestamp"))).toBe("2026-11-20T13:45:00.000001");
    expect(accepted("2026-11-20", column("timestamp"))).toBe("2026-11-20T00:00:00");
    expect(refused("2026-11-20 25:00", column("timestamp"))).toBe("timestamp");
  });
  it("an instant survives the way through the reader's zone with every digit", () => {
    const c = column("timestamptz");
    for (const stored of [
      "2026-11-20T13:45:00.123456+00:00",
      "2026-06-01T00:00:00+02:00",
      "1969-12-31T23:59:59.999999Z",
    ]) {
      const draft = draftOf(stored, c);
      const sent = parseDraft(draft, c);
      if (!sent.ok) throw new Error(sent.code);
      const back = readInstant(String(sent.value));
      const before = readInstant(stored);
      expect(back).toEqual(before);
    }
  });
  it("an offset that was typed counts, whatever the reader's zone", () => {
    expect(accepted("2026-11-20 14:45+01", column("timestamptz"))).toBe("2026-11-20T13:45:00Z");
    expect(accepted("2026-11-20T13:45:00.5Z", column("timestamptz"))).toBe("2026-11-20T13:45:00.5Z");
    expect(accepted("infinity", column("timestamptz"))).toBe("infinity");
    const typed = typedInstant("2026-11-20 13:45");
    expect(typed?.at.getTime()).toBe(new Date(2026, 10, 20, 13, 45).getTime());
    const read = readInstant("2026-11-20T13:45:00.123400+00:00");
    expect(read && utcText(read)).toBe("2026-11-20 13:45:00.1234 UTC");
    expect(read && typedInstant(localText(read))).toEqual(read);
    expect(refused("2026-11-31 10:00", column("timestamptz"))).toBe("timestamptz");
    expect(refused("soon", column("timestamptz"))).toBe("timestamptz");
  });
  it("intervals are PostgreSQL's", () => {
    for (const text of ["1 day 02:30:00", "P1DT2H", "-3 days", "2 hours ago", "1 year 2 mons", "00:00:00.5"]) {
      expect(accepted(text, column("interval"))).toBe(text);
    }
    for (const text of ["a while", "1 parsec", "P"]) expect(refused(text, column("interval"))).toBe("interval");
  });
});

describe("uuid, enum, bytea, range, network", () => {
  it("uuid is put right or refused", () => {
    expect(accepted("{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", column("uuid"))).toBe(
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    );
    expect(refused("a0eebc99", column("uuid"))).toBe("uuid");
  });
  it("enum takes only its values", () => {
    const c = column("enum", "mood", { enum_values: ["sad", "ok"] });
    expect(accepted("ok", c)).toBe("ok");
    expect(refused("happy", c)).toBe("enum");
  });
  it("bytea is whole bytes of hex; nothing is an empty value", () => {
    expect(accepted("\\x00FF", column("bytea"))).toBe("\\x00ff");
    expect(accepted("de ad\nbe ef", column("bytea"))).toBe("\\xdeadbeef");
    expect(accepted("", column("bytea"))).toBe("\\x");
    expect(refused("\\x0", column("bytea"))).toBe("hexOdd");
    expect(refused("zz", column("bytea"))).toBe("hex");
  });
  it("ranges and multiranges", () => {
    for (const text of ["[1,10)", "(,5]", "empty", '["2026-01-01 00:00",)']) {
      expect(accepted(text, column("range", "int4range"))).toBe(text);
    }
    expect(accepted("{[1,2),[5,7)}", column("range", "int4multirange"))).toBe("{[1,2),[5,7)}");
    expect(accepted("{}", column("range", "int4multirange"))).toBe("{}");
    for (const text of ["1,10", "[1;10)", "[1,10"])
      expect(refused(text, column("range", "int4range"))).toBe("rangeText");
  });
  it("network addresses", () => {
    for (const text of ["10.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"])
      expect(accepted(text, column("network", "inet"))).toBe(text);
    for (const text of ["256.0.0.1", "10.0.0", "10.0.0.0/33", "host"])
      expect(refused(text, column("network", "inet"))).toBe("network");
    expect(accepted("08:00:2b:01:02:03", column("network", "macaddr"))).toBe("08:00:2b:01:02:03");
    expect(refused("08:00", column("network", "macaddr"))).toBe("mac");
  });
});

describe("json", () => {
  const c = column("json", "jsonb");
  it("parses, and says the line of a mistake", () => {
    expect(accepted('{"a":[1,null,"x"]}', c)).toEqual({ a: [1, null, "x"] });
    expect(parse('{\n  "a": 1,\n  b\n}', c)).toMatchObject({ ok: false, code: "json" });
    expect(refused("", c)).toBe("blank");
    expect(accepted("null", c)).toBeNull();
  });
  it("never rounds a number", () => {
    const text = '{"id":9007199254740993,"x":0.1,"y":1e400}';
    const supported = "rawJSON" in JSON;
    if (supported) expect(JSON.stringify(parseExactJson(text))).toBe(text);
    const sourceKnown =
      JSON.parse("1", (_k: string, _v: unknown, context?: { source?: string }) => context?.source) === "1";
    if (!supported && sourceKnown) expect(() => parseExactJson(text)).toThrow();
    expect(prettyJson('{"a":1.50}')).toContain("1.5");
    expect(prettyJson("{oops")).toBe("{oops");
  });
});

describe("arrays", () => {
  const ints = column("array", "integer[]", { element: "integer" });
  it("have drafts element by element", () => {
    const draft = draftOf([1, null, 3], ints);
    expect(readItems(draft.text)).toEqual(["1", null, "3"]);
    expect(parseDraft(draft, ints)).toEqual({ ok: true, value: [1, null, 3] });
    expect(elementColumn(ints).type).toBe("integer");
  });
  it("tell NULL, '' and the text null apart", () => {
    const texts = column("array", "text[]", { element: "text" });
    expect(parseDraft(draftOf([null, "", "null", 'a,"b'], texts), texts)).toEqual({
      ok: true,
      value: [null, "", "null", 'a,"b'],
    });
    expect(parseDraft(draftOf([], texts), texts)).toEqual({ ok: true, value: [] });
  });
  it("name the element that is wrong", () => {
    expect(parse('["1","x"]', ints)).toEqual({ ok: false, code: "element", params: { number: 2 } });
  });
  it("of JSON keep every digit and every kind of value", () => {
    const docs = column("array", "jsonb[]", { element: "jsonb" });
    const number = "rawJSON" in JSON ? "9007199254740993" : "9007199254740991";
    const parsed = parseDraft(draftOf([`{"n": ${number}}`, '"x"', null], docs), docs);
    expect(JSON.stringify(parsed.ok && parsed.value)).toBe(`[{"n":${number}},"x",null]`);
    // Sent, JSON's null would be NULL.
    expect(parseDraft(draftOf(["1", "null"], docs), docs)).toEqual({
      ok: false,
      code: "element",
      params: { number: 2 },
    });
    // Which of these are lists and which are JSON can't be told.
    expect(refused('[["{}"]]', docs)).toBe("array");
  });
  it("of arrays are edited as JSON", () => {
    expect(accepted("[[1,2],[3,4]]", ints)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(refused("{}", ints)).toBe("array");
  });
});
