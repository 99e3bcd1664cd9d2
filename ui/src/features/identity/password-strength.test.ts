import { describe, expect, it } from "vitest";
import { passwordStrength } from "./password-strength";

describe("passwordStrength", () => {
  it.each(["", "aaaaaaaaaaaaaaaa", "12345678", "abcdefghijkl", "Password1", "qwerty123"])(
    "finds %j weak",
    (password) => {
      expect(passwordStrength(password)).toBeLessThanOrEqual(1);
    },
  );
  it.each(["correct horse battery", "tulip-anvil-harbour-9", "kX9#vP2!mQ7z"])("finds %j good enough", (password) => {
    expect(passwordStrength(password)).toBeGreaterThanOrEqual(2);
  });
  it("counts the person's own name for little", () => {
    expect(passwordStrength("ada.lovelace1", ["Ada Lovelace"])).toBeLessThan(passwordStrength("ada.lovelace1"));
  });
});
