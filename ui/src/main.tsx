import "@fontsource-variable/inter";
import "./mantine";
import "@mantine/notifications/styles.layer.css";
import "./styles.css";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startI18n } from "./i18n";
import { whenUnauthenticated } from "./lib/api";
import { doorAt, safeNext } from "./lib/door";
import { metaQuery } from "./lib/meta";
import { becomeNobody, forgetPerson, sessionOf } from "./lib/session";
import { reloadWhenStale } from "./lib/stale-build";
import { createQueryClient, cspNonce, Providers } from "./providers";
import { createPanelRouter } from "./router";

const element = document.getElementById("root");
if (element === null) throw new Error("index.html has no #root");

reloadWhenStale();
const client = createQueryClient();
const router = createPanelRouter(client);

// The session ended while a page was open: sign in again, then come back to the same place.
let leaving = false;
whenUnauthenticated((_problem, door) => {
  const { pathname, href } = router.state.location;
  const outside = pathname.startsWith("/auth") || pathname === door.signIn || doorAt(pathname) !== door;
  if (leaving || outside) return;
  leaving = true;
  becomeNobody(client, door);
  void router
    .navigate({ to: door.signIn, search: { [door.next]: safeNext(href, door) }, ignoreBlocker: true })
    .then(() => forgetPerson(client))
    .finally(() => {
      leaving = false;
    });
});

// Asked for at once, beside the rest of the start; the routes pick the answers up from the cache.
const here = sessionOf(doorAt(window.location.pathname));
void client.prefetchQuery(here).then(() => {
  const signedIn = client.getQueryData(here.queryKey)?.state === "signed_in";
  if (signedIn && window.location.pathname.startsWith("/admin")) void client.prefetchQuery(metaQuery);
});

// Scroll locking behind dialogs writes a style element of its own.
setNonce(cspNonce());

await startI18n();
createRoot(element).render(
  <StrictMode>
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>
  </StrictMode>,
);
