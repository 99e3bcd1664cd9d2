// After an upgrade the files of the old build are gone: a page that was not opened yet can't be loaded any more.

const KEY = "quarterdeck.reloaded-at";
/** A file missing again so soon after a reload is missing in the new build too. */
const AGAIN = 60_000;

/** Loads the new build when a file of the old one is missing; once, then the error is shown like any other. */
export function reloadWhenStale(reload: () => void = () => window.location.reload()): void {
  window.addEventListener("vite:preloadError", () => {
    const before = Number(sessionStorage.getItem(KEY) ?? Number.NEGATIVE_INFINITY);
    if (Date.now() - before < AGAIN) return;
    sessionStorage.setItem(KEY, String(Date.now()));
    reload();
  });
}
