// The pages write down the shapes they read; the API description promises what is sent. This file only has to compile:
// a change of the API that a page doesn't know of yet fails the type check here, by name.
import { expectTypeOf, it } from "vitest";
import type { components, operations } from "~/api/generated/schema";
import type { AuditRow } from "~/kit/resource/audit-entry";
import type { ActionState } from "~/kit/resource/data";
import type { ProblemBody } from "./problem";
import type { Session } from "./session";

type Body<Id extends keyof operations> = operations[Id] extends {
  responses: { 200: { content: { "application/json": infer Answer } } };
}
  ? Answer
  : never;

/** The description leaves nested fields optional; what matters is that names and types agree. */
type Loose<T> = T extends (infer Item)[]
  ? Loose<Item>[]
  : T extends object
    ? { [Name in keyof T]?: Loose<T[Name]> }
    : T;

it("knows the answers it compares with", () => {
  expectTypeOf<Body<"session.get">>().not.toBeNever();
  expectTypeOf<Body<"audit.list">>().not.toBeNever();
  expectTypeOf<Body<"users.actions">>().not.toBeNever();
});

it("reads what the API promises", () => {
  expectTypeOf<Loose<Body<"session.get">>>().toExtend<Loose<Session>>();
  expectTypeOf<Loose<components["schemas"]["Problem"]>>().toExtend<Loose<ProblemBody>>();
  expectTypeOf<Loose<Body<"audit.list">[number]>>().toExtend<
    Loose<Pick<AuditRow, "action" | "actor_label" | "target_id" | "outcome" | "at">>
  >();
  expectTypeOf<Loose<Body<"users.actions">[number]>>().toExtend<Loose<ActionState>>();
});
