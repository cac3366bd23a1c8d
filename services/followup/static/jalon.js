// An open page hears that something changed, fetches itself again and swaps in what it shows.
// Without this script everything still works, with the browser's own reload.
"use strict";

(() => {
  const live = () => document.getElementById("vif");
  if (!live() || !live().dataset.direct || !("EventSource" in window)) return;

  // Browsers that ask who makes markup are told: what this script fetched from its own site, parsed and never run.
  const markup = window.trustedTypes
    ? window.trustedTypes.createPolicy("jalon", { createHTML: (text) => text })
    : { createHTML: (text) => text };
  const announce = document.getElementById("annonce");
  let source = null;
  let position = 0;
  let fetching = false;
  let again = false;
  let last = null;
  let plain = false;

  const showState = (on) => {
    for (const note of document.querySelectorAll(".direct")) note.hidden = !on;
  };

  const versions = (root) =>
    new Map([...root.querySelectorAll("[data-cle]")].map((one) => [one.dataset.cle, Number(one.dataset.position)]));

  // Keeps what the reader had opened, where they were, and what they were typing.
  const swap = (fresh, marked) => {
    const old = live();
    const before = versions(old);
    const held = document.activeElement && old.contains(document.activeElement) ? document.activeElement : null;
    const line = held && !held.id ? held.closest("[data-cle]") : null;
    const typing = document.activeElement && document.activeElement.matches("#vif input, #vif select");
    for (const opened of old.querySelectorAll("details[open]")) {
      const same = opened.id && fresh.querySelector("#" + CSS.escape(opened.id));
      if (same) same.open = true;
    }
    if (typing) {
      const form = fresh.querySelector("form[role=search]");
      if (form) form.replaceWith(document.activeElement.form);
    }
    old.replaceWith(fresh);
    for (const [key, version] of marked ? versions(fresh) : []) {
      if (before.get(key) === version) continue;
      const changed = fresh.querySelector(`[data-cle="${CSS.escape(key)}"]`);
      if (changed) changed.classList.add("neuf");
    }
    const target = held && held.id
      ? document.getElementById(held.id)
      : line && fresh.querySelector(`[data-cle="${CSS.escape(line.dataset.cle)}"] a`);
    if (target) target.focus({ preventScroll: true });
    showState(source !== null);
  };

  const say = (text) => {
    announce.textContent = "";
    setTimeout(() => { announce.textContent = text || ""; }, 100);
  };

  // What is searched may be somebody's name: it is sent in the body of a form, and never in an address.
  const ask = (address, form) => {
    const url = new URL(address, location.href);
    url.searchParams.set("fragment", "1");
    if (position > 0) url.searchParams.set("min_position", String(position));
    const sent = form ? { method: "POST", body: new URLSearchParams(form) } : {};
    return fetch(url, { headers: { accept: "text/html" }, cache: "no-store", ...sent });
  };

  const read = async (answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    const fragment = new DOMParser().parseFromString(markup.createHTML(await answer.text()), "text/html").getElementById("vif");
    return fragment && document.adoptNode(fragment);
  };

  // From the start, at its address: a form is not sent again by itself.
  const anew = () => {
    const address = new URL(location.href);
    address.hash = "";
    location.replace(address);
  };

  const refresh = async () => {
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const asked = live();
      const { adresse, formulaire } = asked.dataset;
      const answer = await ask(formulaire ? adresse : location.href, formulaire);
      if (answer.redirected || answer.status === 401 || answer.status === 404) { anew(); return; }
      const fresh = await read(answer);
      // Meanwhile something else may have been searched.
      if (asked !== live()) again = true;
      else if (fresh) {
        swap(fresh, true);
        say(fresh.dataset.annonce);
      }
    } catch {
      // What was announced is still not shown: asked again until it is.
      setTimeout(refresh, 3000);
    } finally {
      fetching = false;
      if (again) { again = false; refresh(); }
    }
  };

  // What is found is shown in place: going back leads to a page, and not to a form that would have to be sent again.
  const search = async (form, pressed) => {
    const body = new URLSearchParams(new FormData(form, pressed));
    last = body;
    const answer = await ask(form.action, body);
    if (answer.redirected) { location.assign(answer.url); return; }
    const fresh = await read(answer);
    if (last !== body || !fresh) return;
    swap(fresh, false);
    if (pressed && !document.getElementById(pressed.id)) {
      window.scrollTo(0, 0);
      document.getElementById("contenu").focus({ preventScroll: true });
    }
    const found = document.getElementById("trouve");
    say(found && found.textContent);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (plain || !form.matches("#vif form[data-sur-place]")) return;
    event.preventDefault();
    // What does not work here is sent as the browser does, which says what is wrong.
    search(form, event.submitter).catch(() => { plain = true; form.requestSubmit(event.submitter); });
  });

  const listen = () => {
    if (source) return;
    const address = new URL(live().dataset.direct, location.href);
    if (position > 0) address.searchParams.set("depuis", String(position));
    source = new EventSource(address);
    source.addEventListener("open", () => showState(true));
    source.addEventListener("change", (event) => {
      position = Number(event.lastEventId) || position;
      refresh();
    });
    source.addEventListener("error", () => {
      showState(false);
      if (source && source.readyState === EventSource.CLOSED) { source = null; setTimeout(listen, 10000); }
    });
  };

  const rest = () => {
    if (source) source.close();
    source = null;
    showState(false);
  };

  // A page nobody looks at holds no connection: browsers allow few.
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  window.addEventListener("pagehide", rest);
  if (!document.hidden) listen();
})();
