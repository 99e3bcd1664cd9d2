import { afterEach, describe, expect, it } from "vitest";
import { forgetPlace, learnPlace, placeMeant } from "./place";

describe("in whose place a page sees tables", () => {
  afterEach(forgetPlace);

  it("is said by requests for rows only", () => {
    learnPlace("one");
    expect(placeMeant("/data/main/todos")).toBe("one");
    expect(placeMeant("/explorer/main/tables")).toBe("one");
    expect(placeMeant("/users")).toBeNull();
    expect(placeMeant("/database")).toBeNull();
  });

  it("is never given up for another, nor for one's own", () => {
    learnPlace("one");
    learnPlace(null);
    expect(placeMeant("/data/main/todos")).toBe("one");
    learnPlace("two");
    expect(placeMeant("/data/main/todos")).toBe("one");
  });

  it("begun in another tab it is taken on", () => {
    learnPlace(null);
    expect(placeMeant("/data/main/todos")).toBeNull();
    learnPlace("one");
    expect(placeMeant("/data/main/todos")).toBe("one");
  });
});
