/** Between an instant in the API and the reader's wall clock, for date-and-time fields. */

/** `2026-11-20T13:45:00` in the reader's zone; "" for text that is no instant. */
export function instantToLocal(instant: string): string {
  const at = new Date(instant);
  if (instant === "" || Number.isNaN(at.getTime())) return "";
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** The instant of a wall-clock time in the reader's zone; "" when incomplete. */
export function localToInstant(local: string): string {
  const at = new Date(local);
  return local === "" || Number.isNaN(at.getTime()) ? "" : at.toISOString();
}
