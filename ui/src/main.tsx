import "@fontsource-variable/inter";
import "./mantine";
import "@mantine/notifications/styles.layer.css";
import "./styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startI18n } from "./i18n";
import { createQueryClient, Providers } from "./providers";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

await startI18n();
createRoot(root).render(
  <StrictMode>
    <Providers client={createQueryClient()}>{null}</Providers>
  </StrictMode>,
);
