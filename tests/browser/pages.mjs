// The pages, as people meet them: node pages.mjs RUN.JSON FOLDER
// RUN.JSON is what « jalon demo » writes when it is ready; FOLDER receives screenshots.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { accessibility, keyboard, paper, watch, width } from "./checks.mjs";
import { live, wire } from "./live.mjs";
import { person } from "./person.mjs";
import { search } from "./search.mjs";

const [runFile, folder] = process.argv.slice(2);
if (!runFile || !folder) {
  console.error("Usage: node pages.mjs RUN.JSON FOLDER");
  process.exit(2);
}
const run = JSON.parse(readFileSync(runFile, "utf8"));
const network = await wire(new URL(run.http));
const base = network.origin;
mkdirSync(folder, { recursive: true });

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 780 };
const NOBODY = "00000000-0000-7000-8000-000000000000";

/** Tells what holds and what does not, line by line. */
const report = {
  failures: 0,
  check(what, wrong) {
    console.log(`${wrong.length === 0 ? "ok   " : "FAIL "} ${what}`);
    wrong.forEach((line) => console.log(`       ${line}`));
    if (wrong.length > 0) this.failures += 1;
  },
  async must(what, promise, detail = () => "") {
    const wrong = await promise.then(() => [], (error) => [error.message.split("\n")[0]]);
    const more = wrong.length === 0 && detail() ? ` (${detail()})` : "";
    this.check(what + more, wrong);
  },
};

const someone = (role) => {
  const found = run.sign_ins.find((one) => one.role === role);
  if (!found) throw new Error(`nobody signs in as ${role} in ${runFile}`);
  return found;
};
const shoot = (page, name) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});

async function open(options = {}) {
  const context = await browser.newContext({ locale: "fr-FR", timezoneId: "Europe/Paris", viewport: DESKTOP, ...options });
  const wrong = [];
  return { context, wrong, complaints: watch(context, base, wrong) };
}

async function signIn(page, who, from = "/connexion") {
  await page.goto(base + from);
  await page.getByRole("button", { name: who.name }).click();
  await page.waitForURL((url) => url.pathname !== "/connexion");
}

/** What holds on each page: for any eye, hand, width and paper. */
async function everywhere(page, name, address) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, media: "screen" });
    await page.setViewportSize(DESKTOP);
    await page.goto(base + address);
    report.check(`${name}, ${scheme}: accessible`, await accessibility(page));
    report.check(`${name}, ${scheme}, 1280 pixels: no sideways scroll`, await width(page));
    await shoot(page, `${name}-${scheme}`);
    await page.setViewportSize(PHONE);
    report.check(`${name}, ${scheme}, on a phone: accessible`, await accessibility(page));
    await shoot(page, `${name}-phone-${scheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  for (const wide of [360, 320, 768]) {
    await page.setViewportSize({ width: wide, height: 780 });
    report.check(`${name}, ${wide} pixels: no sideways scroll`, await width(page));
  }
  report.check(`${name}, on a phone: every control is reached by keyboard`, await keyboard(page));
  await page.setViewportSize(DESKTOP);
  await page.goto(base + address);
  report.check(`${name}: every control is reached by keyboard`, await keyboard(page));
}

/** A page that people print. */
async function printed(page, name, address) {
  await page.goto(base + address);
  report.check(`${name}: nothing to click on paper`, await paper(page));
  await shoot(page, `${name}-paper`);
  await page.emulateMedia({ media: "screen" });
}

/** Where the case with the most to show is. */
async function richest(board) {
  return board.locator(".personnes tbody tr").evaluateAll((rows) => {
    const told = (row) => row.querySelectorAll(".lignes > li").length;
    const most = rows.reduce((one, other) => (told(other) > told(one) ? other : one));
    return most.querySelector("th a").getAttribute("href");
  });
}

/** Whoever has no JavaScript signs in, searches, reads and leaves. */
async function withoutScript(who) {
  const { context, wrong } = await open({ javaScriptEnabled: false });
  const page = await context.newPage();
  const through = async () => {
    await signIn(page, who, "/");
    await page.locator("#q").fill("zzzz");
    await page.locator(".recherche button").click();
    await page.locator(".personnes").waitFor({ state: "detached", timeout: 5_000 });
    await page.locator(".vues button").first().click();
    await page.getByRole("link", { name: "Effacer la recherche" }).click();
    await page.locator(".vues a").first().click();
    await page.goto(base);
    await page.locator(".personnes th a").first().click();
    await page.waitForURL(/\/dossiers\//);
    await page.locator(".faits li").first().waitFor({ timeout: 5_000 });
    if (await page.locator(".direct").isVisible()) throw new Error("the page claims to keep itself up to date");
    await page.locator(".moi summary").click();
    await page.locator(".moi button").click();
    await page.waitForURL(/\/connexion/);
  };
  await report.must("without JavaScript: sign in, search, read, leave", through());
  report.check("without JavaScript: nothing in the console, nothing asked elsewhere", wrong);
  await context.close();
}

/** Whoever signs in from a page they asked for arrives there, and only with a session. */
async function whereTo(who, address) {
  const { context } = await open();
  const page = await context.newPage();
  await page.goto(base + address);
  const asked = new URL(page.url()).pathname === "/connexion" ? [] : [`${address} is shown to anyone`];
  report.check("who is not signed in is asked to", asked);
  await page.getByRole("button", { name: who.name }).click();
  await report.must("and then sees the page they asked for", page.waitForURL(base + address, { timeout: 5_000 }));
  await context.close();
}

async function everything() {
  const animator = someone("ANIMATEUR_PLATEFORME");
  const cip = someone("CIP");

  const outside = await open();
  const door = await outside.context.newPage();
  await everywhere(door, "sign-in", "/connexion");
  await everywhere(door, "missing", `/${NOBODY}`);
  await outside.context.close();

  const one = await open();
  const platform = await one.context.newPage();
  await signIn(platform, animator);
  const platformBoard = `/plateformes/${run.platform_id}`;
  await everywhere(platform, "platform-board", platformBoard);

  const two = await open();
  const board = await two.context.newPage();
  await signIn(board, cip);
  await everywhere(board, "board", "/");
  await printed(board, "board", "/");
  const path = await richest(board);
  await everywhere(board, "case", path);
  await printed(board, "case", path);
  await everywhere(board, "missing-case", `/dossiers/${NOBODY}`);
  await everywhere(board, "sessions", "/sessions");
  await everywhere(board, "requests", "/demandes");
  await everywhere(board, "lookup", "/recherche");
  const me = await (await fetch(`${run.http}/api/v1/me`, { headers: { authorization: `Bearer ${cip.token}` } })).json();
  await everywhere(board, "handover", `/postes/${me.post_id}/passation`);
  await everywhere(platform, "meetings", `${platformBoard}/reunions`);
  await everywhere(board, "second-factor", "/connexion/second-facteur");

  await board.goto(base);
  await platform.goto(base + platformBoard);
  const followed = await live(report, {
    base, api: run.http, token: cip.token, network, context: two.context, caseId: path.split("/").pop(),
    complaints: { away: (now) => [one, two].forEach(({ complaints }) => complaints.away(now)) },
    boards: [["the board of the CIP", board], ["the board of the platform", platform]],
  });
  await shoot(followed, "case-after-live-facts");
  await search({ report, base, run, open, signIn, shoot, who: cip });
  await person({ report, base, run, open, signIn, everywhere, printed, richest, shoot });
  await withoutScript(cip);
  await whereTo(cip, path);
  const three = await open();
  const controls = await three.context.newPage();
  await signIn(controls, someone("AUDITEUR"));
  await everywhere(controls, "auditor", "/");
  await three.context.close();
  for (const [who, { wrong }] of [["outside", outside], ["the animator", one], ["the CIP", two], ["the auditor", three]]) {
    report.check(`${who}: nothing in the console, no forbidden content, nothing asked elsewhere`, [...new Set(wrong)]);
  }
}

try {
  await everything();
} catch (error) {
  report.check("the visit goes to its end", [error.stack ?? String(error)]);
} finally {
  await browser.close();
  await network.cut();
}
console.log(report.failures === 0 ? "All is well." : `${report.failures} checks failed; screenshots: ${folder}`);
process.exitCode = report.failures === 0 ? 0 : 1;
