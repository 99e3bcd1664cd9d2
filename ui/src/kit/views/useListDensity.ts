import { useCallback } from "react";
import type { Density } from "~/kit/grid/types";
import { ROW_HEIGHT } from "~/kit/grid/types";
import type { Address } from "~/kit/resource/address";
import { useDensity } from "~/lib/preferences";

/** How tall the rows of a list are: as its address says, and with it a view; else as they were chosen in this browser. */
export function useListDensity(address: Address): [Density, (next: Density) => void] {
  const [liked, like] = useDensity();
  const said = address.get("density");
  const density = said !== undefined && said in ROW_HEIGHT ? (said as Density) : liked;
  const choose = useCallback(
    (next: Density) => {
      like(next);
      address.set({ density: next });
    },
    [like, address],
  );
  return [density, choose];
}
