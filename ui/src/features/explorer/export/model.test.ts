import { expect, test } from "vitest";
import { fileOf, type RowExport, usualWay } from "./model";

test("what takes long is made in the background, unless somebody says otherwise", () => {
  expect(usualWay("csv", 199_999)).toBe("now");
  expect(usualWay("csv", 200_000)).toBe("background");
  expect(usualWay("xlsx", 199_999)).toBe("background");
  expect(usualWay("parquet", 199_999)).toBe("now");
  expect(usualWay("xlsx", 100)).toBe("now");
  expect(usualWay("ndjson", null)).toBe("now");
});

test("an id stays one segment of the address", () => {
  expect(fileOf({ id: "../x" } as RowExport)).toBe("/api/v1/row-exports/..%2Fx/file");
});
