// Pictures of every page with real data, for review and for the guide.
// npm run shots -- FOLDER          every page, light and dark, 1440 and 390 wide
// npm run shots -- FOLDER track    only pages whose name matches this (a regular expression)
// npm run shots -- --german FOLDER   the same in German, light, both widths
// npm run shots -- --views=dark-390,german-390 FOLDER   only these looks
// npm run shots -- --guide         the pictures of docs/images
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("./shots/take.ts", import.meta.url)));
await module.take(process.argv.slice(2));
