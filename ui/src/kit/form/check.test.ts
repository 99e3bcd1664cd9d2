import { describe, expect, it } from "vitest";
import { UnfinishedJson } from "~/kit/fields/json/input";
import type { FieldMeta, FieldType } from "~/lib/meta";
import { check } from "./check";
import { fieldsFromSchema } from "./schema";

function field(type: FieldType, more: Partial<FieldMeta> = {}): FieldMeta {
  const [plain] = fieldsFromSchema({ properties: { x: { type: "string" } } });
  if (!plain) throw new Error("no field");
  return { ...plain, type, ...more };
}
const code = (meta: FieldMeta, value: unknown) => check([meta], { x: value })[0]?.code ?? null;

describe("check", () => {
  it("wants what is required, and nothing else", () => {
    expect(code(field("text", { required: true }), "")).toBe("required");
    expect(code(field("list", { required: true }), [])).toBe("required");
    expect(code(field("text"), null)).toBeNull();
    expect(code(field("bool", { required: true }), false)).toBeNull();
  });
  it("tells whole numbers, exact numbers and text apart", () => {
    expect(code(field("int"), 7)).toBeNull();
    expect(code(field("int"), "seven")).toBe("integer");
    expect(code(field("bigint"), "9007199254740993")).toBeNull();
    expect(code(field("bigint"), "1.5")).toBe("integer");
    expect(code(field("numeric"), "1.50")).toBeNull();
    expect(code(field("numeric"), "1,50")).toBe("number");
  });
  it("keeps to limits, of numbers and of characters", () => {
    expect(code(field("int", { min: 5 }), 4)).toBe("tooSmall");
    expect(code(field("int", { max: 5 }), 6)).toBe("tooLarge");
    expect(code(field("password", { min: 12 }), "short")).toBe("tooShort");
    expect(code(field("text", { max: 2 }), "👍👍")).toBeNull();
    expect(code(field("text", { max: 2 }), "👍👍👍")).toBe("tooLong");
  });
  it("finds unfinished JSON and odd addresses", () => {
    expect(code(field("json"), new UnfinishedJson("{"))).toBe("json");
    expect(code(field("email"), "ada")).toBe("email");
    expect(code(field("email"), "ada@localhost")).toBeNull();
  });
});
