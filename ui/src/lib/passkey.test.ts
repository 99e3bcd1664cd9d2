import { describe, expect, it } from "vitest";
import { creationOptions, credentialJson, requestOptions, toBytes, toText } from "./passkey";

const bytes = (...all: number[]) => Uint8Array.from(all).buffer;

describe("base64url", () => {
  it.each([[[]], [[0]], [[251, 255]], [[62, 63, 250, 0, 1]]])("goes there and back: %j", (all) => {
    expect([...toBytes(toText(bytes(...all)))]).toEqual(all);
  });
  it("has no signs that addresses or JSON would change", () => {
    expect(toText(bytes(251, 255, 254))).toBe("-__-");
    expect([...toBytes("-__-")]).toEqual([251, 255, 254]);
  });
});

describe("what the browser is asked", () => {
  it("for a new one: challenge, person and those it has already are bytes", () => {
    const options = creationOptions({
      challenge: "AQI",
      user: { id: "Aw", name: "ada@example.com" },
      excludeCredentials: [{ type: "public-key", id: "BA" }],
      timeout: 1000,
    });
    expect([...(options.challenge as Uint8Array)]).toEqual([1, 2]);
    expect([...(options.user.id as Uint8Array)]).toEqual([3]);
    expect(options.excludeCredentials?.map((one) => [...(one.id as Uint8Array)])).toEqual([[4]]);
    expect(options.timeout).toBe(1000);
  });
  it("for one it has: none named means any", () => {
    expect(requestOptions({ challenge: "AQI" }).allowCredentials).toEqual([]);
  });
});

it("sends back what the browser answered, without what isn't there", () => {
  const json = credentialJson({
    id: "BA",
    rawId: bytes(4),
    type: "public-key",
    authenticatorAttachment: "platform",
    getClientExtensionResults: () => ({}),
    response: { clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(3), userHandle: null },
  } as unknown as PublicKeyCredential);
  expect(json).toMatchObject({
    id: "BA",
    rawId: "BA",
    response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" },
  });
  expect(json.response).not.toHaveProperty("userHandle");
});
