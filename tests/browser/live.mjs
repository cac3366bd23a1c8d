// A page someone looks at hears of what happens elsewhere, also after the network was away.
import { connect, createServer } from "node:net";
import { once } from "node:events";

const SOON = 5_000;
// The server asks browsers to wait 5 s before they come back; the page itself waits 10 s.
const AFTER_A_CUT = 20_000;

/** A wire between the browser and the server, that can be cut. */
export async function wire(to) {
  const open = new Set();
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      open.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => { open.delete(one); other.destroy(); });
    }
  });
  const listen = async (port) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  const cut = async () => {
    const closed = once(server, "close");
    server.close();
    open.forEach((one) => one.destroy());
    await closed;
  };
  await listen(0);
  const { port } = server.address();
  return { origin: `http://127.0.0.1:${port}`, cut, restore: () => listen(port) };
}

/** Sends a command as someone, and returns the answer. */
async function post(api, token, path, body) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
  const answer = await fetch(api + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The case page, the board of the CIP and the one of the platform, while facts come in. */
export async function live(report, { base, api, token, context, complaints, network, boards, caseId }) {
  const page = await context.newPage();
  await page.goto(`${base}/dossiers/${caseId}`);
  const pages = [["the case page", page, ".faits"], ...boards.map(([name, board]) => [name, board, ".personnes"])];
  for (const [name, one] of pages) {
    await one.evaluate(() => { window.notReloaded = true; });
    const listening = one.locator(".direct").waitFor({ state: "visible", timeout: SOON });
    await report.must(`${name} says that it keeps itself up to date`, listening);
  }
  const typed = boards[0][1];
  await typed.locator("#q").fill("");
  await typed.locator("#q").pressSequentially("mur");

  const diagnostic = await post(api, token, `/api/v1/cases/${caseId}/diagnostics`, { frame: "GUIDE_IAE" });
  await arrived(report, pages, diagnostic.position, SOON, "a new fact appears");
  const kept = await typed.evaluate(() => [document.activeElement?.id, document.getElementById("q").value].join(" "));
  report.check("what is being typed is kept", kept === "q mur" ? [] : [`found « ${kept} »`]);
  const told = page.locator("#annonce", { hasText: /\S/ }).waitFor({ state: "attached", timeout: SOON });
  await report.must("the change is announced to screen readers", told);

  complaints.away(true);
  await network.cut();
  await report.must("a page that is cut off no longer claims to be up to date",
    page.locator(".direct").waitFor({ state: "hidden", timeout: AFTER_A_CUT }));
  const obstacles = `/api/v1/diagnostics/${diagnostic.id}/obstacles`;
  const bicycle = { dimension: "MOBILITE", text: "Pas encore de vélo pour aller au chantier." };
  const missed = await post(api, token, obstacles, bicycle);
  await network.restore();
  await arrived(report, pages, missed.position, AFTER_A_CUT, "what was missed is caught up");

  await page.route("**/*fragment=1*", (route) => route.abort(), { times: 1 });
  const child = { dimension: "FAMILLE", text: "La crèche ferme à midi." };
  const lost = await post(api, token, obstacles, child);
  await arrived(report, pages, lost.position, AFTER_A_CUT, "a page whose request is lost asks again");
  complaints.away(false);

  for (const [name, one] of pages) {
    const same = await one.evaluate(() => window.notReloaded === true);
    report.check(`${name} was not loaded again`, same ? [] : ["it was"]);
  }
  return page;
}

function newer(inside, position) {
  return `${inside} [data-position="${position}"]`;
}

async function arrived(report, pages, position, within, what) {
  await Promise.all(pages.map(async ([name, page, inside]) => {
    const begun = Date.now();
    const shown = page.locator(newer(inside, position)).first().waitFor({ state: "attached", timeout: within });
    await report.must(`${what}: ${name}`, shown, () => `${Date.now() - begun} ms`);
  }));
}
