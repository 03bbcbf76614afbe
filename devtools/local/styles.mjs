// Trims Tabler's style sheet to what the site names: `node devtools/local/styles.mjs`, in the checkout.
//
// Every word of a template, script or Python file keeps the rules of that class, element or id, so a class that is
// written whole is kept. A browser has a thirteenth of the sheet to load and to parse before the first paint.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { PurgeCSS } = createRequire(join(process.cwd(), "package.json"))("purgecss");
const folder = "node_modules/.trimmed";

const [sheet] = await new PurgeCSS().purge({
  css: ["node_modules/@tabler/core/dist/css/tabler.min.css"],
  content: ["templates/**/*.html", "static/js/*.js", "accounts/**/*.py", "posture/**/*.py"],
  dynamicAttributes: ["data-bs-theme"], // the theme is set by a script
  fontFace: true,
  keyframes: true,
  variables: true,
});
const trimmed = sheet.css.replace(/\/\*# sourceMappingURL=.*?\*\//, "");
if (!trimmed.includes(".btn")) throw new Error("Nothing is left of Tabler's style sheet.");
mkdirSync(folder, { recursive: true });
const passing = join(folder, `.${process.pid}.css`);
writeFileSync(passing, trimmed);
renameSync(passing, join(folder, "tabler.min.css"));
