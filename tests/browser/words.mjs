// What people wrote is shown as they wrote it, and nothing of it runs: node words.mjs '{"run": RUN.JSON, "case": ID}'
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const asked = JSON.parse(process.argv[2]);
const run = JSON.parse(readFileSync(asked.run, "utf8"));
const origin = new URL(run.http).origin;
const who = run.sign_ins.find((one) => one.role === "REFERENT_EMPLOI");
const wrong = [];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const context = await browser.newContext({ locale: "fr-FR" });
context.on("request", (request) => {
  const url = new URL(request.url());
  if (url.origin !== origin || url.pathname.endsWith("/x")) wrong.push(`asked for ${request.url()}`);
});
await context.addCookies([{ name: "jalon_session", value: who.token, url: origin }]);
const page = await context.newPage();
page.on("dialog", (dialog) => { wrong.push("a dialog"); dialog.dismiss(); });

let shown = 0;
const paths = ["/", "/suivis", "/connexion", `/dossiers/${asked.case}`, `/plateformes/${run.platform_id}`,
  ...["reponses", "employeurs", "ordre-du-jour", "plan-d-action", "partenariats"].map((one) => `/plateformes/${run.platform_id}/${one}`)];
for (const path of paths) {
  const answer = await page.goto(origin + path, { waitUntil: "load" });
  if (!answer.ok()) wrong.push(`${path}: ${answer.status()}`);
  const seen = await page.evaluate(() => ({
    ran: "jlx" in window,
    images: document.images.length,
    scripts: [...document.scripts].filter((one) => !one.src).length,
    words: document.body.innerText.includes("<script>window.jlx=1</script>"),
  }));
  if (seen.ran || seen.images > 0 || seen.scripts > 0) wrong.push(`${path}: ${JSON.stringify(seen)}`);
  shown += Number(seen.words);
}
if (shown < 5) wrong.push(`only ${shown} pages show the words as they were written`);
await browser.close();
wrong.forEach((line) => console.error(line));
process.exit(wrong.length > 0 ? 1 : 0);
