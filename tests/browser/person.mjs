// What the person shares, and what they see of their own path: agreements given and taken back before an open
// page, the sheet handed over, the person's own pages on an old phone.

const SOON = 5_000;

/** How many pages it takes on paper. */
async function sheets(page) {
  await page.emulateMedia({ media: "print" });
  const pdf = (await page.pdf({ format: "A4", printBackground: true })).toString("latin1");
  await page.emulateMedia({ media: "screen" });
  return (pdf.match(/\/Type\s*\/Page\s/g) ?? []).length;
}

/** Someone signed in elsewhere, to whom that case is closed. */
async function outsider(run, caseId) {
  for (const one of run.sign_ins.filter(({ role }) => ["CONSEILLER", "CIP", "REFERENT_SOCIAL"].includes(role))) {
    const headers = { authorization: `Bearer ${one.token}` };
    const answer = await fetch(`${run.http}/api/v1/cases/${caseId}`, { headers });
    if (answer.status === 404) return one;
  }
  throw new Error("the case is open to everyone who signs in");
}

/** The agreements of a case, their paper, and one that is given then taken back while its reader looks. */
async function agreements({ report, base, run, open, signIn, everywhere, printed, page, path }) {
  await everywhere(page, "agreements", `${path}/accords`);
  await printed(page, "agreements", `${path}/accords`);
  await page.goto(`${base}${path}/accords/vierge`);
  const blank = await sheets(page);
  report.check("an agreement to sign is one page of paper", blank === 1 ? [] : [`${blank} pages`]);
  await everywhere(page, "agreement-paper", `${path}/accords/vierge`);

  const reader = await outsider(run, path.split("/").pop());
  await page.goto(`${base}${path}/accords`);
  const wanted = page.locator("#organisation_id option", { hasText: reader.organisation }).first();
  await page.locator("#organisation_id").selectOption(await wanted.getAttribute("value"));
  await page.getByRole("checkbox", { name: /identité/i }).first().check();
  await page.getByRole("checkbox", { name: /Accompagner/ }).check();
  await page.locator("#form").selectOption("SIGNED_PAPER");
  await page.getByRole("button", { name: "Enregistrer cet accord" }).click();
  await page.waitForURL(/min_position/);
  const card = page.locator(".cartes .facette", { hasText: reader.organisation });
  await report.must("an agreement that was given is shown", card.waitFor({ timeout: SOON }));

  const theirs = await open();
  const watching = await theirs.context.newPage();
  await signIn(watching, reader);
  await watching.goto(base + path);
  const named = watching.locator("h1").filter({ hasNotText: /^Personne / });
  await report.must("whom it is given to reads the name", named.waitFor({ timeout: SOON }));
  await watching.locator(".direct").waitFor({ state: "visible", timeout: SOON });
  const begun = Date.now();
  await card.getByRole("button", { name: /Retirer/ }).click();
  await page.waitForURL(/min_position/);
  const closed = watching.locator(".erreur").waitFor({ timeout: SOON });
  await report.must("taken back, the open page shows nothing any more", closed, () => `${Date.now() - begun} ms`);
  const past = page.locator("section", { hasText: "Accords passés" }).getByText("retiré par la personne").first();
  await report.must("what was taken back stays in history", past.waitFor({ timeout: SOON }));
  await theirs.context.close();
}

/** The sheet, as it is handed over: the address and the code. */
async function handOver({ report, base, page, path, everywhere, shoot }) {
  await everywhere(page, "own-access", `${path}/suivi-personnel`);
  await page.goto(`${base}${path}/suivi-personnel`);
  await page.getByRole("button", { name: "Ouvrir l’accès" }).click();
  await page.getByRole("button", { name: "Imprimer la feuille" }).click();
  const address = (await page.locator(".adresse").innerText()).trim();
  const code = (await page.locator(".code-dit").innerText()).trim();
  await shoot(page, "own-sheet");
  const pages = await sheets(page);
  report.check("the sheet is one page of paper", pages === 1 ? [] : [`${pages} pages`]);
  await page.goto(`${base}${path}/suivi-personnel`);
  const again = await page.getByRole("button", { name: "Imprimer la feuille" }).count();
  report.check("a sheet is printed once", again === 0 ? [] : ["it is proposed again"]);
  return { address, code };
}

/** The person, on a phone without JavaScript. */
async function ownView({ report, base, page, path, open, everywhere, printed, shoot }, { address, code }) {
  const { context, wrong } = await open({ javaScriptEnabled: false, viewport: { width: 360, height: 640 } });
  const phone = await context.newPage();
  await phone.goto(address);
  await phone.locator("#code").fill("12 34 5");
  await phone.getByRole("button", { name: "Voir mon suivi" }).click();
  await report.must("a wrong code says what to do", phone.getByText("Ça n’a pas marché").waitFor({ timeout: SOON }));
  await phone.locator("#code").fill(code);
  await phone.getByRole("button", { name: "Voir mon suivi" }).click();
  await report.must("the first time, they choose a code of their own", phone.locator("#nouveau").waitFor({ timeout: SOON }));
  await shoot(phone, "own-code-phone");
  await phone.locator("#nouveau").fill("123456");
  await phone.getByRole("button", { name: "Garder ce code et entrer" }).click();
  const another = phone.getByText("Choisissez un autre code").waitFor({ timeout: SOON });
  await report.must("a code that is too easily guessed is chosen again, there and then", another);
  await phone.locator("#nouveau").fill("27 04 19");
  await phone.getByRole("button", { name: "Garder ce code et entrer" }).click();
  await report.must("the person comes in", phone.waitForURL(`${base}/mon-suivi`, { timeout: SOON }));
  await shoot(phone, "own-view-phone");
  await phone.goto(`${base}/mon-suivi/corriger`);
  await phone.locator("#text").fill("Mon prénom s’écrit autrement.");
  await phone.getByRole("button", { name: "Envoyer ma demande" }).click();
  await report.must("a correction is asked", phone.getByText("Votre demande est envoyée").waitFor({ timeout: SOON }));
  const cookies = await context.cookies();
  // A 403 is what a wrong code is answered, a 422 one that is too easily guessed.
  const complaints = wrong.filter((line) => !line.includes("403") && !line.includes("422"));
  report.check("the person's pages: nothing in the console, nothing asked elsewhere", complaints);

  const looked = await open();
  await looked.context.addCookies(cookies);
  const view = await looked.context.newPage();
  for (const [name, there] of [["own-view", "/mon-suivi"], ["own-correct", "/mon-suivi/corriger"], ["own-object", "/mon-suivi/opposition"], ["own-everything", "/mon-suivi/tout"]]) {
    await everywhere(view, name, there);
  }
  await printed(view, "own-view", "/mon-suivi");
  await page.goto(`${base}${path}/corrections`);
  await report.must("and waits for the référent", page.getByText("Mon prénom s’écrit autrement.").waitFor({ timeout: SOON }));
  await everywhere(page, "corrections", `${path}/corrections`);
  await everywhere(page, "limitation", `${path}/limitation`);

  await page.goto(`${base}${path}/suivi-personnel`);
  await page.getByRole("button", { name: "Fermer cet accès" }).click();
  await page.waitForURL(/min_position/);
  await phone.goto(`${base}/mon-suivi`);
  await report.must("closed, it opens nothing at the next request", phone.getByText("Votre suivi est fermé").waitFor({ timeout: SOON }));
  await looked.context.close();
  await context.close();
}

/** All of it, as a référent social. */
export async function person(tools) {
  const { run, open, signIn, richest, base, report } = tools;
  const referent = run.sign_ins.find(({ role }) => role === "REFERENT_SOCIAL");
  if (!referent) throw new Error("nobody signs in as a référent social");
  const { context, wrong } = await open();
  const page = await context.newPage();
  await signIn(page, referent);
  await page.goto(base);
  const path = await richest(page);
  const all = { ...tools, page, path };
  await agreements(all);
  const handed = await handOver(all);
  await ownView(all, handed);
  report.check("the référent: nothing in the console, no forbidden content, nothing asked elsewhere", [...new Set(wrong)]);
  await context.close();
}
