import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { startI18n } from "~/i18n";
import { formatBytes, formatCount, formatDate, formatExactNumber, formatRelative } from "./format";

beforeAll(async () => {
  await startI18n();
  await i18next.changeLanguage("en");
});

describe("numbers", () => {
  it("keep every digit", () => {
    expect(formatExactNumber("9007199254740993")).toBe("9,007,199,254,740,993");
    expect(formatExactNumber("-1234.5600")).toBe("-1,234.5600");
    expect(formatExactNumber("NaN")).toBe("NaN");
  });
  it("say when they are estimates", () => {
    expect(formatCount(1_200_000, true)).toBe("~1.2M");
    expect(formatCount(1_200_000, false)).toBe("1,200,000");
  });
  it("are grouped in German, however few digits an estimate has", async () => {
    await i18next.changeLanguage("de");
    expect([formatCount(3_503, true), formatCount(3_503, false)]).toEqual(["~3.503", "3.503"]);
    await i18next.changeLanguage("en");
  });
  it("scale bytes", () => {
    expect(formatBytes(0)).toBe("0 bytes");
    expect(formatBytes(663_552)).toBe("663.6 kB");
  });
});

describe("times", () => {
  const now = Date.parse("2026-01-10T12:00:00Z");
  it("are relative to now", () => {
    expect(formatRelative("2026-01-10T11:59:40Z", now)).toBe("just now");
    expect(formatRelative("2026-01-10T09:00:00Z", now)).toBe("3 hr. ago");
    expect(formatRelative("2026-01-12T12:00:00Z", now)).toBe("in 2 days");
  });
  it("leave a calendar day on its day in every zone", () => {
    expect(formatDate("2026-03-01")).toBe("Mar 1, 2026");
  });
});
