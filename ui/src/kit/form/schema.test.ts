import { describe, expect, it } from "vitest";
import type { FieldMeta, JsonSchema } from "~/lib/meta";
import { defaultsOf, fieldsFromSchema, narrowed } from "./schema";

function only(property: JsonSchema, required: string[] = []): FieldMeta {
  const [field] = fieldsFromSchema({ type: "object", properties: { x: property }, required });
  if (!field) throw new Error("no field");
  return field;
}

describe("fieldsFromSchema", () => {
  it.each<[JsonSchema, FieldMeta["type"]]>([
    [{ type: "string" }, "text"],
    [{ type: "string", format: "email" }, "email"],
    [{ type: "string", format: "uri" }, "url"],
    [{ type: "string", format: "date-time" }, "datetime"],
    [{ type: "string", format: "date" }, "date"],
    [{ type: "string", format: "uuid" }, "uuid"],
    [{ type: "string", format: "password" }, "password"],
    [{ type: "string", enum: ["a", "b"] }, "enum"],
    [{ type: "integer", format: "int64" }, "int"],
    [{ type: "number" }, "numeric"],
    [{ type: "boolean" }, "bool"],
    [{ type: "array", items: { type: "string" } }, "list"],
    [{ type: "object" }, "json"],
    [{}, "json"],
  ])("%j is a field of type %s", (schema, type) => {
    expect(only(schema).type).toBe(type);
  });

  it("takes words and limits from the schema, a readable name without", () => {
    expect(only({ type: "string", title: "Why", description: "Shown", minLength: 3, maxLength: 9 })).toMatchObject({
      label: "Why",
      help: "Shown",
      min: 3,
      max: 9,
    });
    expect(fieldsFromSchema({ properties: { valid_until: { type: "string" } } })[0]?.label).toBe("Valid until");
  });

  it("knows what has to be given and what may be null", () => {
    expect(only({ type: "string" }, ["x"])).toMatchObject({ required: true, nullable: false });
    expect(only({ type: ["string", "null"] }, ["x"])).toMatchObject({ required: true, nullable: true });
    expect(only({ type: "string" })).toMatchObject({ required: false, nullable: true });
  });

  it("sees through references and unions with null", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: { level: { anyOf: [{ $ref: "#/$defs/Level" }, { type: "null" }], description: "How much" } },
      $defs: { Level: { oneOf: [{ const: "low", title: "Low" }, { const: "high" }], description: "A level" } },
    };
    expect(fieldsFromSchema(schema)[0]).toMatchObject({
      type: "enum",
      nullable: true,
      help: "How much",
      options: [
        { value: "low", label: "Low" },
        { value: "high", label: "High" },
      ],
    });
  });

  it("keeps the words of a resource's own field, and never lets a needed value be emptied", () => {
    const known: FieldMeta = {
      ...only({ type: "string" }),
      name: "x",
      label: "E-mail",
      type: "email",
      required: true,
      nullable: false,
    };
    const [field] = fieldsFromSchema({ properties: { x: { type: "string" } } }, [known]);
    expect(field).toMatchObject({ label: "E-mail", type: "email", required: true, nullable: false });
  });

  it("prefers what the action says about a field, which knows what it is for", () => {
    const known: FieldMeta = { ...only({ type: "string" }), help: "In general" };
    expect(fieldsFromSchema({ properties: { x: { description: "Here" } } }, [known])[0]?.help).toBe("Here");
    expect(fieldsFromSchema({ properties: { x: {} } }, [known])[0]?.help).toBe("In general");
  });

  it("asks nothing for an empty input", () => {
    expect(fieldsFromSchema(null)).toEqual([]);
    expect(fieldsFromSchema({ type: "null" })).toEqual([]);
  });

  it("survives a schema that refers to itself", () => {
    const schema: JsonSchema = { properties: { x: { $ref: "#/$defs/A" } }, $defs: { A: { $ref: "#/$defs/A" } } };
    expect(fieldsFromSchema(schema)).toHaveLength(1);
  });
});

describe("references", () => {
  const schema: JsonSchema = {
    properties: {
      role_id: {
        type: "string",
        format: "uuid",
        "x-references": "roles",
        "x-filter-by": { kind: { staff: "scope=eq.platform" } },
      },
      client_id: { type: "string" },
      rules: {
        type: "array",
        items: {
          type: "object",
          properties: {
            role_id: {
              type: "string",
              "x-references": "roles",
              "x-filter-by": { kind: { staff: "scope=eq.platform" } },
            },
          },
        },
      },
    },
  };
  const [role, client, rules] = fieldsFromSchema(schema) as [FieldMeta, FieldMeta, FieldMeta];

  it("are called by what they are, and other ids by their names", () => {
    expect([role.label, client.label, rules.items?.[0]?.label]).toEqual(["Role", "Client id", "Role"]);
  });

  it("offer what fits the other fields, inside of lists too", () => {
    expect(narrowed(role, { kind: "staff" }).references_filter).toBe("scope=eq.platform");
    expect(narrowed(rules, { kind: "staff" }).items?.[0]?.references_filter).toBe("scope=eq.platform");
    expect(narrowed(role, { kind: "user" }).references_filter).toBeNull();
    expect(narrowed(client, { kind: "staff" })).toBe(client);
  });
});

describe("defaultsOf", () => {
  it("starts with the schema's defaults, else with nothing", () => {
    const schema: JsonSchema = {
      properties: { days: { type: "integer", default: 30 }, note: { type: "string" }, sure: { type: "boolean" } },
      required: ["note", "sure"],
    };
    expect(defaultsOf(schema, fieldsFromSchema(schema))).toEqual({ days: 30, note: "", sure: false });
  });
});
