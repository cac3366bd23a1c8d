// What holds on every page: each check returns what is wrong, in plain lines; nothing when all is well.
import AxeBuilder from "@axe-core/playwright";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "RGAAv4", "best-practice"];
const REACHABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";

/** WCAG 2.2 AA and RGAA, as far as a machine can tell. */
export async function accessibility(page) {
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  axe.options({ runOnly: { type: "tag", values: TAGS }, rules: { "target-size": { enabled: true } } });
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, help, tags, nodes }) => {
    const rgaa = tags.filter((tag) => tag.startsWith("RGAA-")).join(", ") || "no RGAA criterion";
    return nodes.slice(0, 3).map(({ target, failureSummary }) =>
      `${id} (${rgaa}): ${help}: ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`);
  });
}

/** Nothing asks to be scrolled sideways. */
export async function width(page) {
  const [shown, wanted, wide] = await page.evaluate(() => {
    const shown = document.documentElement.clientWidth;
    const beyond = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > shown + 1);
    const names = beyond.slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.getAttribute("class") ?? ""}`);
    return [shown, document.scrollingElement.scrollWidth, names.join(", ")];
  });
  return wanted <= shown ? [] : [`${wanted} pixels wide in a window of ${shown}: ${wide}`];
}

/** The skip link comes first and works; every control is reached, shows its focus and is not covered. */
export async function keyboard(page) {
  const wrong = [];
  await page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
  await page.keyboard.press("Tab");
  const first = await focused(page);
  if (!first?.skip || !first.visible) wrong.push("the first stop of the keyboard is not a visible skip link");
  await page.keyboard.press("Enter");
  const inside = await page.evaluate(() => document.activeElement?.tagName);
  if (inside !== "MAIN") wrong.push(`the skip link leads to ${inside} and not to the content`);
  await page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
  // Where the last click was also decides where Tab begins: begin at the very top.
  await page.locator(".evitement").focus();
  const there = await count(page);
  wrong.push(...(await walk(page, "Tab", there)), ...(await walk(page, "Shift+Tab", there)));
  return wrong;
}

async function count(page) {
  return page.evaluate((selector) => {
    const all = [...document.querySelectorAll(selector)].filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility());
    all.forEach((one, index) => { one.dataset.stop = String(index); });
    return all.length;
  }, REACHABLE);
}

async function walk(page, key, total) {
  const wrong = [];
  const reached = new Set();
  // A date has a stop for its day, its month, its year and its calendar.
  const dates = await page.locator("input[type=date]").count();
  for (let step = 0; step <= total + 3 * dates + 2 && reached.size < total; step += 1) {
    const stop = await focused(page);
    if (stop?.stop !== undefined && !reached.has(stop.stop)) {
      reached.add(stop.stop);
      if (!stop.outlined) wrong.push(`${key}: the focus of ${stop.name} is not shown`);
      if (!stop.visible) wrong.push(`${key}: ${stop.name} is covered or out of sight when it has the focus`);
    }
    await page.keyboard.press(key);
  }
  if (reached.size < total) wrong.push(`${key}: ${total - reached.size} of ${total} controls are not reached`);
  // The way back starts where this one ended.
  await page.evaluate(([key, last]) => {
    const end = document.querySelector(`[data-stop="${key === "Tab" ? last : 0}"]`);
    end?.focus();
  }, [key, total - 1]);
  return wrong;
}

async function focused(page) {
  return page.evaluate(() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const style = getComputedStyle(one);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const boxes = [...one.getClientRects()];
    const visible = boxes.some((box) => {
      const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return at !== null && (one.contains(at) || at.contains(one) && at.closest("label") !== null);
    });
    const name = `${one.tagName.toLowerCase()} « ${(one.innerText || one.name || one.id || "").trim().slice(0, 40)} »`;
    return { stop: one.dataset.stop, skip: one.matches("a[href='#contenu']"), outlined, visible, name };
  });
}

/** On paper there is nothing to click on. */
export async function paper(page) {
  await page.emulateMedia({ media: "print" });
  const left = await page.evaluate(() => {
    const all = [...document.querySelectorAll("nav, button, input, select, .evitement, .direct")];
    return all.filter((one) => one.checkVisibility({ visibilityProperty: true })).map((one) => one.outerHTML.slice(0, 80));
  });
  const title = await page.locator("h1").isVisible();
  return [...left.map((one) => `still on paper: ${one}`), ...(title ? [] : ["no title on paper"])];
}

/** Keeps what a context asked for and complained about, in `wrong`. */
export function watch(context, base, wrong) {
  let away = false;
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== base) wrong.push(`a request to another origin: ${request.url()}`);
  });
  context.on("console", (message) => {
    const { url } = message.location();
    const expected = away && message.text().includes("net::ERR_");
    // The browser reports a missing page this way; that page is asked for on purpose.
    const missing = message.text().includes("404") && url.includes("00000000");
    if (message.type() === "error" && !expected && !missing) wrong.push(`console: ${message.text()} (${url})`);
  });
  context.on("weberror", (error) => wrong.push(`script: ${error.error().message}`));
  return { away: (now) => { away = now; } };
}
