// Passkeys in the browser. The API speaks JSON with base64url, the browser speaks bytes; newer browsers convert by
// themselves, for the others it is done here.

type Json = Record<string, unknown>;

export class PasskeyRefused extends Error {}

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

export function toText(bytes: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

type Described = { id: string };

function described(list: unknown): Json[] {
  return (Array.isArray(list) ? (list as Described[]) : []).map((one) => ({ ...one, id: toBytes(one.id) }));
}

export function creationOptions(options: Json): PublicKeyCredentialCreationOptions {
  const user = options.user as Json & Described;
  return {
    ...options,
    challenge: toBytes(options.challenge as string),
    user: { ...user, id: toBytes(user.id) },
    excludeCredentials: described(options.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions;
}

export function requestOptions(options: Json): PublicKeyCredentialRequestOptions {
  return {
    ...options,
    challenge: toBytes(options.challenge as string),
    allowCredentials: described(options.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions;
}

export function credentialJson(credential: PublicKeyCredential): Json {
  const answer = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const response: Json = { clientDataJSON: toText(answer.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"] as const) {
    const bytes = answer[name];
    if (bytes) response[name] = toText(bytes);
  }
  const transports = answer.getTransports?.();
  if (transports) response.transports = transports;
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

/** Whether this browser can do it at all; only over TLS or on localhost. */
export function knowsPasskeys(): boolean {
  return typeof window.PublicKeyCredential === "function" && navigator.credentials !== undefined;
}

interface Options {
  publicKey: Json;
}

async function asked(work: Promise<Credential | null>): Promise<Json> {
  let credential: Credential | null;
  try {
    credential = await work;
  } catch (error) {
    // Given up by the person, timed out, or nothing there that fits: the browser tells them apart to nobody.
    throw new PasskeyRefused(error instanceof Error ? error.name : String(error));
  }
  if (!credential) throw new PasskeyRefused("none");
  const made = credential as Omit<PublicKeyCredential, "toJSON"> & { toJSON?: () => unknown };
  return typeof made.toJSON === "function"
    ? (made.toJSON() as Json)
    : credentialJson(credential as PublicKeyCredential);
}

/** The browser's own conversions, where it has them. */
interface Parsing {
  parseCreationOptionsFromJSON?: (options: Json) => PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON?: (options: Json) => PublicKeyCredentialRequestOptions;
}

function browser(): Parsing {
  return PublicKeyCredential as unknown as Parsing;
}

/** Lets the browser make a passkey. */
export async function makePasskey({ publicKey }: Options): Promise<Json> {
  const options = browser().parseCreationOptionsFromJSON?.(publicKey) ?? creationOptions(publicKey);
  return asked(navigator.credentials.create({ publicKey: options }));
}

/** Lets the browser show a passkey it has. */
export async function showPasskey({ publicKey }: Options): Promise<Json> {
  const options = browser().parseRequestOptionsFromJSON?.(publicKey) ?? requestOptions(publicKey);
  return asked(navigator.credentials.get({ publicKey: options }));
}
