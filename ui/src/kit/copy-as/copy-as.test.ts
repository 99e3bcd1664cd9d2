import { describe, expect, it } from "vitest";
import { type Asked, asCommand, asCurl, asTypeScript, shellWord } from "./copy-as";

const ASKED: Asked = {
  path: "/data/main/track",
  query: [
    ["name", "like.*O'Hara; rm -rf ~*"],
    ["or", "(a.eq.1,b.is.null)"],
    ["order", "name.desc"],
    ["limit", "100"],
  ],
  headers: { "Accept-Profile": "music" },
  command: ["data", "main", "track", "list"],
  options: { schema: "music" },
};

describe("copy as", () => {
  it("quotes what a shell would read otherwise", () => {
    expect(shellWord("id=eq.5")).toBe("id=eq.5");
    expect(shellWord("it's; $(rm)")).toBe(`'it'\\''s; $(rm)'`);
    expect(shellWord("")).toBe("''");
  });
  it("gives a command with filters and options", () => {
    expect(asCommand(ASKED)).toBe(
      `quarterdeck data main track list --schema music --filter 'name=like.*O'\\''Hara; rm -rf ~*' --filter 'or=(a.eq.1,b.is.null)' --order name.desc --limit 100`,
    );
  });
  it("gives a request that holds no key, whole in one shell word", () => {
    const curl = asCurl(ASKED, "https://panel.example.com");
    expect(curl).toContain('"Authorization: Bearer $QUARTERDECK_TOKEN"');
    expect(curl).toContain("-H 'Accept-Profile: music'");
    expect(curl).toContain("'https://panel.example.com/api/v1/data/main/track?name=like.*O%27Hara%3B+rm+-rf+%7E*&");
    expect(asTypeScript(ASKED, "https://panel.example.com")).toContain('"Accept-Profile": "music"');
  });
  it("takes along what a form would send, quotes and all", () => {
    const asked: Asked = {
      method: "PATCH",
      path: "/users/7",
      query: [],
      headers: { "If-Match": '"3"' },
      body: { name: "O'Hara" },
      command: ["users", "update", "7"],
    };
    expect(asCommand(asked)).toBe(`quarterdeck users update 7 --input - <<'JSON'\n{\n  "name": "O'Hara"\n}\nJSON`);
    const curl = asCurl(asked, "https://panel.example.com");
    expect(curl).toContain('curl -X PATCH -H "Authorization');
    expect(curl).toContain(`-H 'If-Match: "3"'`);
    expect(curl).toContain("-H 'Content-Type: application/json'");
    expect(curl).toContain(`-d '{\n  "name": "O'\\''Hara"\n}'`);
    expect(asTypeScript(asked, "https://panel.example.com")).toContain('method: "PATCH"');
  });
  it("is any request where there is no command for it", () => {
    expect(asCommand({ path: "/explorer/main/diagram", query: [["schema", "a b"]] })).toBe(
      "quarterdeck api GET '/explorer/main/diagram?schema=a+b'",
    );
  });
});
