// Dialogs of the frame, the folded scope of narrow screens, and lists that are found again as they were left.
(function () {
  "use strict";

  // --- Dialogs: the palette's own script is loaded when it is first opened. ---

  function openPalette(text) {
    const dialog = document.getElementById("pl-palette");
    if (!dialog) return;
    if (window.plPalette) return window.plPalette.open(text);
    // What is typed until the script has come goes into the field, which is there already.
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("input").focus();
    if (dialog.dataset.asked) return;
    dialog.dataset.asked = "true";
    const script = document.createElement("script");
    script.src = dialog.dataset.script;
    // Who has closed it meanwhile does not want it back.
    script.addEventListener("load", () => dialog.open && window.plPalette.open(text));
    script.addEventListener("error", () => {
      delete dialog.dataset.asked;
      dialog.close();
    });
    document.head.append(script);
  }

  function openShortcuts() {
    const dialog = document.getElementById("pl-shortcuts");
    if (!dialog) return;
    if (!dialog.open) dialog.showModal();
    const body = dialog.querySelector(".pl-dialog-body");
    if (body.childElementCount) return;
    fetch(dialog.dataset.url, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer)))
      .then((html) => (body.innerHTML = html))
      .catch(() => window.location.assign(dialog.dataset.url));
  }

  window.plFrame = { openPalette, openShortcuts };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    if (target.closest("[data-open-palette]")) openPalette("");
    if (target.closest("[data-open-shortcuts]") && document.getElementById("pl-shortcuts")) {
      event.preventDefault();
      openShortcuts();
    }
    const dialog = target.closest("dialog");
    if (dialog && (target === dialog || target.closest("[data-close-dialog]"))) dialog.close();
    const fold = target.closest("[data-toggle-scope]");
    if (fold) {
      const isOpen = document.documentElement.classList.toggle("pl-scope-open");
      fold.setAttribute("aria-expanded", String(isOpen));
    }
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette("");
    }
  });

  // --- Back is exact: the address of each list as it was left, and how far it was scrolled, in this tab alone. ---

  const LISTS = "pl-lists";
  const SCROLLS = "pl-scrolls";
  const MOST = 40;
  const SCOPE = ["org", "ou", "account", "as_of", "compare"];
  const here = () => window.location.pathname + window.location.search;

  function load(name) {
    try {
      return new Map(JSON.parse(window.sessionStorage.getItem(name) || "[]"));
    } catch {
      return new Map(); // storage is blocked: links lead where the server says
    }
  }

  function save(name, key, value) {
    const kept = load(name);
    kept.delete(key);
    kept.set(key, value);
    try {
      window.sessionStorage.setItem(name, JSON.stringify([...kept].slice(-MOST)));
    } catch {
      // not kept
    }
  }

  window.addEventListener("pagehide", () => {
    if (!document.getElementById("pl-palette")) return; // a page without the frame: the login, an error
    save(LISTS, window.location.pathname, window.location.search);
    save(SCROLLS, here(), window.scrollY);
  });

  const scopeOf = (search) => SCOPE.map((name) => new URLSearchParams(search).get(name) || "").join("|");

  // A crumb leads to the list as it was left, if that was in the same scope and narrows what the crumb leads to.
  function pointCrumbs() {
    const lists = load(LISTS);
    document.querySelectorAll(".pl-crumbs a[href]").forEach((crumb) => {
      const url = new URL(crumb.href);
      const left = lists.get(url.pathname);
      if (left === undefined || scopeOf(left) !== scopeOf(url.search)) return;
      const before = new URLSearchParams(left);
      const isWithin = [...url.searchParams].every(([name, value]) => before.getAll(name).includes(value));
      if (!isWithin) return;
      crumb.href = url.pathname + left;
      crumb.dataset.left = ""; // where `u` leads back to
    });
  }

  const RETURN = "pl-return";
  document.addEventListener("click", (event) => {
    const crumb = event.target instanceof Element ? event.target.closest(".pl-crumbs a[href]") : null;
    if (crumb) save(RETURN, "to", new URL(crumb.href).pathname + new URL(crumb.href).search);
  });

  // The browser restores where a page was scrolled to before its parts have come: this does it again afterwards.
  function restoreScroll() {
    const navigation = performance.getEntriesByType("navigation")[0];
    const isCrumb = load(RETURN).get("to") === here();
    save(RETURN, "to", "");
    if (!isCrumb && (!navigation || navigation.type !== "back_forward")) return;
    const top = load(SCROLLS).get(here());
    if (!top || window.location.hash) return;
    let isTouched = false;
    const stop = () => (isTouched = true);
    ["wheel", "touchstart", "keydown", "pointerdown"].forEach((name) =>
      window.addEventListener(name, stop, { once: true, passive: true }),
    );
    const scroll = () => !isTouched && window.scrollTo(0, top);
    scroll();
    document.addEventListener("htmx:afterSettle", scroll);
    window.setTimeout(() => document.removeEventListener("htmx:afterSettle", scroll), 5000);
  }

  // Whoever logs in next in this tab gets no addresses of whoever was here before.
  function forget() {
    try {
      [LISTS, SCROLLS, RETURN].forEach((name) => window.sessionStorage.removeItem(name));
    } catch {
      // nothing was kept
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (document.querySelector("main.pl-alone input[type=password]")) return forget();
    pointCrumbs();
    restoreScroll();
  });
})();
