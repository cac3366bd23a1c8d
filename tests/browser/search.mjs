// Someone is searched on a board: what is typed goes in the body of a form, stays while one looks on and while facts
// come in, and is in no address.
import { accessibility, keyboard, width } from "./checks.mjs";

const SOON = 5_000;

const here = (page) => { const { pathname, search } = new URL(page.url()); return pathname + search; };
const people = (page) => page.locator(".personnes tbody tr");

/** Submits the text, and waits for what is found. */
async function look(page, text) {
  await page.locator("#q").fill(text);
  await page.getByRole("button", { name: "Chercher", exact: true }).click();
  await page.locator(`[data-formulaire^="q=${encodeURIComponent(text)}&"]`).waitFor({ timeout: SOON });
}

/** What nobody but the server may be told, wherever an address is kept. */
function overhear(context, name) {
  const said = [];
  const hear = (what, text) => {
    if (decodeURIComponent(text).toLowerCase().includes(name.toLowerCase())) said.push(`${what}: ${text}`);
  };
  context.on("request", (request) => {
    hear("an address", request.url());
    hear("where one comes from", request.headers().referer ?? "");
  });
  return said;
}

/** The board with a text that is searched, at that address. */
async function board({ report, page, name, base, address, shoot, context, known, scripted = true }) {
  const said = overhear(context, known);
  await page.goto(base + address);
  const all = await people(page).count();
  await look(page, known);
  const found = await people(page).count();
  report.check(`${name}: who is searched is found`, found > 0 && found < all ? [] : [`${found} of ${all}`]);
  report.check(`${name}: the page stays at its address`, here(page) === address ? [] : [here(page)]);
  const title = await page.title();
  report.check(`${name}: no name in the title`, title.toLowerCase().includes(known.toLowerCase()) ? [title] : []);
  await shoot(page, `${name}-found`);
  // Axe is a script itself; the page is the same without.
  if (scripted) report.check(`${name}: accessible`, await accessibility(page));
  // A page of its own begins at its top; what is shown in place leaves the hand where it was.
  if (!scripted) report.check(`${name}: every control is reached by keyboard`, await keyboard(page));
  for (const wide of [360, 320, 768]) {
    await page.setViewportSize({ width: wide, height: 780 });
    report.check(`${name}, ${wide} pixels: no sideways scroll`, await width(page));
    if (wide === 360) {
      await shoot(page, `${name}-found-phone`);
      if (scripted) report.check(`${name}, on a phone: accessible`, await accessibility(page));
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  const counted = Number(await page.locator("#vue-calme .nombre").innerText());
  await page.locator("#vue-calme").click();
  await page.locator("#vue-calme[aria-current]").waitFor({ timeout: SOON });
  const kept = [await page.locator("#q").inputValue(), await people(page).count(), here(page)].join(" ");
  report.check(`${name}: looked at otherwise, the search is kept`, kept === `${known} ${counted} ${address}` ? [] : [kept]);
  await look(page, "zzzzzz");
  await report.must(`${name}: nobody found is said`, page.getByText("Personne ne correspond").waitFor({ timeout: SOON }));
  await shoot(page, `${name}-nobody`);
  await page.getByRole("link", { name: "Effacer la recherche" }).click();
  await report.must(`${name}: cleared, the way of looking stays`, page.waitForURL(`${base}${address}?voir=calme`, { timeout: SOON }));
  await page.locator("#etat").selectOption("tous");
  await page.getByRole("button", { name: "Chercher", exact: true }).click();
  await report.must(`${name}: a search of nothing is the page`, page.waitForURL(`${base}${address}?voir=calme&etat=tous`, { timeout: SOON }));
  report.check(`${name}: no address holds what was searched`, said);
}

/** A fact comes while someone is searched: the line changes, and nobody else comes back. */
async function live({ report, page, base, run, token, known }) {
  await page.goto(base);
  await look(page, known);
  await page.evaluate(() => { window.notReloaded = true; });
  await page.locator(".direct").waitFor({ state: "visible", timeout: SOON });
  const before = await people(page).count();
  const caseId = await people(page).first().getAttribute("data-cle");
  await page.locator("#q").press("End");
  await page.locator("#q").pressSequentially(" x");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
  const body = JSON.stringify({ frame: "GUIDE_IAE" });
  const answer = await fetch(`${run.http}/api/v1/cases/${caseId}/diagnostics`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`a diagnostic: ${answer.status} ${await answer.text()}`);
  const { position } = await answer.json();
  const shown = page.locator(`.personnes [data-position="${position}"]`).waitFor({ timeout: SOON });
  await report.must("a new fact appears on a board where someone is searched", shown);
  const after = [await people(page).count(), await page.locator("#q").inputValue(), await page.evaluate(() => window.notReloaded)];
  const expected = [before, `${known} x`, true];
  report.check("the search and what is being typed are kept", String(after) === String(expected) ? [] : [`${after}, not ${expected}`]);
}

/** With the script, what is found is shown in place and told; going back from a case leads to the board. */
async function inPlace({ report, page, base, known }) {
  await page.goto(base);
  await page.evaluate(() => { window.notReloaded = true; });
  await page.locator("#q").fill(known);
  await page.locator("#q").press("Enter");
  const told = page.locator("#annonce", { hasText: /^\d+ personnes? trouvées?$/ }).waitFor({ state: "attached", timeout: SOON });
  await report.must("what is found is told to screen readers", told);
  const same = await page.evaluate(() => [window.notReloaded, document.activeElement.id].join(" "));
  report.check("what is found is shown in place, the hand still on the field", same === "true q" ? [] : [same]);
  await people(page).locator("th a").first().click();
  await page.waitForURL(/\/dossiers\//);
  await page.goBack();
  await report.must("going back from a case leads to the board", people(page).first().waitFor({ timeout: SOON }));
  report.check("and not to a form to be sent again", page.url() === `${base}/` ? [] : [page.url()]);
}

/** Who is followed by that person, as they would type it. */
async function aName(page, base) {
  await page.goto(base);
  const called = await page.locator(".personnes tbody th a").allInnerTexts();
  const family = called.map((one) => one.split(" ").pop()).find((one) => one.length > 3);
  if (!family) throw new Error(`nobody is named on the board: ${called}`);
  return family;
}

export async function search({ report, base, run, open, signIn, shoot, who }) {
  const { context, wrong } = await open();
  const page = await context.newPage();
  await signIn(page, who);
  const known = await aName(page, base);
  await board({ report, page, context, name: "search", base, address: "/", shoot, known });
  await board({ report, page, context, name: "platform-search", base, address: `/plateformes/${run.platform_id}`, shoot, known });
  await inPlace({ report, page, base, known });
  await live({ report, page, base, run, token: who.token, known });
  report.check("who searches: nothing in the console, nothing asked elsewhere", [...new Set(wrong)]);
  await context.close();

  const without = await open({ javaScriptEnabled: false });
  const plain = await without.context.newPage();
  await signIn(plain, who, "/");
  await board({ report, page: plain, context: without.context, name: "search-without-script", base, address: "/", shoot, known, scripted: false });
  await without.context.close();
}
