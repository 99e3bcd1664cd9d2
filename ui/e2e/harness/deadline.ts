// Waiting for something to become true, never for time to pass.
import { setTimeout as pause } from "node:timers/promises";

/** How long a page may take on a busy machine, in milliseconds. */
export const PATIENCE = 20_000;

/**
 * Asks again and again until the answer is neither undefined, null nor false, and gives that answer.
 * @throws what the last attempt threw, or an Error naming `what`, after `within` milliseconds
 */
export async function until<T>(what: string, ask: () => Promise<T> | T, within = PATIENCE): Promise<NonNullable<T>> {
  const end = Date.now() + within;
  let failure: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<T>;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${within / 1000} s`, { cause: failure });
    await pause(25);
  }
}
