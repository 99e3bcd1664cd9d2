import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { precompress } from "./tools/precompress.ts";

const api = process.env.QUARTERDECK_API ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/",
  plugins: [react(), precompress()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  // The server replaces this marker with a fresh nonce for every answer.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    target: "es2023",
    // Browsers that know light-dark() as it is written; older ones would need it taken apart.
    cssTarget: ["chrome123", "edge123", "firefox121", "safari17.5"],
    outDir: "dist",
    assetsDir: "assets",
    sourcemap: false,
    cssCodeSplit: true,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // A first visit needs all of these; one file each loads quicker than fifty shared scraps.
        codeSplitting: {
          groups: [
            {
              name: "react",
              test: /node_modules\/(react|react-dom|scheduler|@tanstack\/(react-)?(router|query|store|history|virtual)[^/]*|i18next|react-i18next)\//,
              priority: 2,
            },
            {
              name: "mantine",
              test: /node_modules\/(@mantine\/(core|hooks|modals|notifications|store)|@floating-ui|react-number-format|react-remove-scroll[^/]*|lucide-react|clsx)\//,
              priority: 1,
            },
            {
              name: "panel",
              test: /src\/(lib|primitives|i18n|shell|kit\/(fields|form))\/(?!.*(palette|picker|locales\/de))/,
              minShareCount: 2,
            },
          ],
        },
      },
    },
  },
  server: { host: "127.0.0.1", port: 5173, proxy: { "/api": { target: api, changeOrigin: false } } },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/lib/test-setup.ts"],
    restoreMocks: true,
    testTimeout: 60_000,
  },
});
