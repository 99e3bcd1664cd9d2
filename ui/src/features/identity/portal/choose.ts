// The organization that somebody is in is chosen in the portal's frame, and by pages inside of it.
import { createContext, useContext } from "react";

const Choose = createContext<(organization: string) => void>(() => undefined);
export const ChooseProvider = Choose.Provider;

/** Goes on in another organization. */
export function useChoose(): (organization: string) => void {
  return useContext(Choose);
}
