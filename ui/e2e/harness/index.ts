export { Api, type Row } from "./api.ts";
export { launch, NARROW, person, type Trouble, WIDE, watch } from "./browser.ts";
export { CHINOOK_URL, loadChinook } from "./chinook.ts";
export { PATIENCE, until } from "./deadline.ts";
export { Grid } from "./grid.ts";
export { address, choose, gone, heading, note, pick, says, see } from "./look.ts";
export { Panel } from "./panel.ts";
export { stepByStep } from "./path.ts";
export { type Account, makeOwner, OWNER, signedIn } from "./people.ts";
