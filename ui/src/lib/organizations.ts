// The organizations somebody belongs to, and which of them they are in.
import { chosenAmong } from "./acting";
import type { OwnOrganization, Session } from "./session";

/** One that can be acted for now. */
export function isOpen(organization: OwnOrganization): boolean {
  return organization.status === "active" && organization.membership === "active";
}

/** Where somebody stands without choosing anew. */
export function currentOrganization(session: Session): string | null {
  return chosenAmong((session.organizations ?? []).filter(isOpen).map((one) => one.id));
}

/** Which administration to open without choosing anew. */
export function administeredOrganization(session: Session): string | null {
  const open = (session.organizations ?? []).filter(isOpen);
  return (
    chosenAmong(open.filter((one) => one.administers).map((one) => one.id)) ?? chosenAmong(open.map((one) => one.id))
  );
}
