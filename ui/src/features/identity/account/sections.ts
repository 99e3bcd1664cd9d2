// The sections of one's own account, and whose pages they are.
import { Building2, KeyRound, LockKeyhole, MonitorSmartphone, ShieldCheck, UserRound } from "lucide-react";
import { createContext, useContext } from "react";
import { type Door, STAFF } from "~/lib/door";

export interface Section {
  name: "profile" | "password" | "security" | "sessions" | "organizations" | "keys";
  path: string;
  icon: typeof UserRound;
}

const at = (door: Door) => [
  { name: "profile", path: door.account, icon: UserRound } as const,
  { name: "password", path: `${door.account}/password`, icon: LockKeyhole } as const,
  { name: "security", path: `${door.account}/security`, icon: ShieldCheck } as const,
  { name: "sessions", path: `${door.account}/sessions`, icon: MonitorSmartphone } as const,
];

/** Keys of staff are in the administration's own list of keys; organizations are for app users. */
export function sectionsOf(door: Door): Section[] {
  if (door.kind === "staff") return at(door);
  return [
    ...at(door),
    { name: "organizations", path: `${door.account}/organizations`, icon: Building2 },
    { name: "keys", path: `${door.account}/keys`, icon: KeyRound },
  ];
}

const DoorContext = createContext<Door>(STAFF);
export const DoorProvider = DoorContext.Provider;

/** Whose account the pages show: of staff or of an app user. */
export function useDoor(): Door {
  return useContext(DoorContext);
}
