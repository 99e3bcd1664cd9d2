import { useCallback } from "react";
import { type Density, ROW_HEIGHT } from "~/kit/grid/types";
import type { Address } from "~/kit/resource/address";
import { useDensity } from "~/lib/preferences";

/** What an address says of it, unless that is nonsense. */
export function densityOf(said: string | undefined, liked: Density): Density {
  return said !== undefined && Object.hasOwn(ROW_HEIGHT, said) ? (said as Density) : liked;
}

/** How tall the rows of a list are: as its address says, and with it a view; else as they were chosen in this browser. */
export function useListDensity(address: Address): [Density, (next: Density) => void] {
  const [liked, like] = useDensity();
  const choose = useCallback(
    (next: Density) => {
      like(next);
      address.set({ density: next });
    },
    [like, address],
  );
  return [densityOf(address.get("density"), liked), choose];
}
