// Which part of the panel somebody is in: the administration of the platform, that of one organization, or the portal.
// Everything that depends on it is taken from here: addresses, whose session counts, for which organization one acts.
import { createContext, useContext } from "react";
import { type Door, STAFF, USER } from "./door";

export interface Surface {
  kind: "platform" | "organization" | "portal";
  /** What its addresses begin with. */
  base: string;
  door: Door;
  /** For which organization its requests act. */
  organization: string | null;
}

/** Where organizations are administered; the organization comes next in the address. */
export const ORGANIZATIONS = "/dashboard/admin";

export const PLATFORM: Surface = { kind: "platform", base: STAFF.home, door: STAFF, organization: null };

export function portalFor(organization: string | null): Surface {
  return { kind: "portal", base: USER.home, door: USER, organization };
}

export function administrationOf(organization: string): Surface {
  return { kind: "organization", base: `${ORGANIZATIONS}/${organization}`, door: USER, organization };
}

/** The platform's, where nothing else is said. */
export const SurfaceContext = createContext<Surface>(PLATFORM);

export function useSurface(): Surface {
  return useContext(SurfaceContext);
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isId(text: string): boolean {
  return ID.test(text);
}
