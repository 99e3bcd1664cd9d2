// One's own account as the cache keeps it: the same questions behind both doors, and one way to change something.
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, Problem } from "~/lib/api";
import type { Door } from "~/lib/door";
import { PasskeyRefused } from "~/lib/passkey";
import { sessionOf } from "~/lib/session";
import { toastFailed, toastProblem } from "~/lib/toast";
import type { Factors, OwnAccount, OwnSession } from "./factors";

/** Something below one's own account; `path` is empty for the account itself. */
export function useOwn<T>(door: Door, path: string) {
  return useQuery({
    queryKey: ["own", door.kind, path],
    queryFn: async ({ signal }) => (await api.get<T>(`${door.own}${path}`, { signal })).data,
  });
}

export const useOwnAccount = (door: Door) => useOwn<OwnAccount>(door, "");
export const useFactors = (door: Door) => useOwn<Factors>(door, "/factors");
export const useSessions = (door: Door) => useOwn<{ sessions: OwnSession[] }>(door, "/sessions");

/** What was read of the account is out of date; so is the name in the frame. */
export async function readAgain(client: QueryClient, door: Door): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ["own", door.kind] }),
    client.invalidateQueries({ queryKey: sessionOf(door).queryKey }),
  ]);
}

export interface Acts {
  /** The name of what is being done. */
  busy: string | null;
  /** Does it, reads everything again, and says whether it went through; what went wrong is shown as a note. */
  act: (name: string, work: () => Promise<void>) => Promise<boolean>;
}

/** One thing at a time on a page of one's own account. */
export function useActs(door: Door): Acts {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [busy, setBusy] = useState<string | null>(null);
  const act = async (name: string, work: () => Promise<void>) => {
    if (busy !== null) return false;
    setBusy(name);
    try {
      await work();
      await readAgain(client, door);
      return true;
    } catch (error) {
      if (error instanceof PasskeyRefused) toastFailed(t("account.security.passkeyRefused"));
      // Who didn't want to say again who they are needs no answer to that.
      else if (!(error instanceof Problem) || error.kind !== "step-up") toastProblem(error);
      return false;
    } finally {
      setBusy(null);
    }
  };
  return { busy, act };
}
