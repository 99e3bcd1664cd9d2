// For which organization an app user acts: chosen in the portal or by the address, sent with every request from there,
// kept for this tab and offered to the next one.

const KEY = "quarterdeck.organization";
let organization: string | null = null;

export function actingFor(): string | null {
  return organization;
}

export function actFor(id: string | null): void {
  organization = id;
  if (id !== null) prefer(id);
}

/** Where nothing else says which, it is this one from now on. */
export function prefer(id: string): void {
  sessionStorage.setItem(KEY, id);
  localStorage.setItem(KEY, id);
}

/** The one chosen last, here or in another tab, as long as it is one of these; else the first of them. */
export function chosenAmong(ids: readonly string[]): string | null {
  const last = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  return ids.find((id) => id === last) ?? ids[0] ?? null;
}
