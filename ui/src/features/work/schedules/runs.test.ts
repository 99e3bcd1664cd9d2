import { expect, test } from "vitest";
import { onTheClockOf } from "./runs";

test("a moment is told on the clock of its zone, on both sides of the hour that is left out", () => {
  expect(onTheClockOf("Europe/Berlin", "2027-03-27T01:30:00Z", "en")).toContain("02:30 AM");
  expect(onTheClockOf("Europe/Berlin", "2027-03-28T01:00:00Z", "en")).toContain("03:00 AM");
  expect(onTheClockOf("Australia/Sydney", "2027-10-02T16:00:00Z", "de")).toContain("03:00");
});

test("a zone that the browser doesn't know is no reason to fall over", () => {
  expect(onTheClockOf("Europe/Atlantis", "2027-03-27T01:30:00Z", "en")).toBeNull();
});
