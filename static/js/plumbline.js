// What the frame needs beyond links and forms: menus that close, the rail on narrow screens, the theme.
(function () {
  "use strict";

  function closeMenus(except) {
    document.querySelectorAll("details.pl-menu[open]").forEach((menu) => {
      if (menu !== except) menu.open = false;
    });
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    closeMenus(target.closest("details.pl-menu"));
    if (target.closest("[data-toggle-rail]")) showRail(!railIsOpen());
    else if (railIsOpen() && !target.closest("#rail")) showRail(false);
    if (target.closest("[data-toggle-theme]")) window.plToggleTheme();
    const copy = target.closest("[data-copy]");
    if (copy) copyText(copy);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.pl-menu[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    } else if (railIsOpen()) {
      showRail(false);
      document.querySelector("[data-toggle-rail]").focus();
    }
  });

  const railIsOpen = () => document.documentElement.classList.contains("pl-rail-open");

  function showRail(isOpen) {
    document.documentElement.classList.toggle("pl-rail-open", isOpen);
    document.querySelector("[data-toggle-rail]").setAttribute("aria-expanded", String(isOpen));
    if (isOpen) document.querySelector("#rail a").focus();
  }

  async function copyText(button) {
    const source = document.getElementById(button.dataset.copy);
    const said = button.querySelector("[data-copy-said]") || button;
    const before = said.textContent;
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      said.textContent = "Copied";
    } catch {
      said.textContent = "Press Ctrl-C";
      window.getSelection().selectAllChildren(source);
    }
    window.setTimeout(() => (said.textContent = before), 2000);
  }

  // What is left empty does not clutter the address.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") return;
    const empty = [...event.detail.formData.entries()].filter(([, value]) => value === "");
    empty.forEach(([name]) => event.detail.formData.delete(name));
  });

  // A part that is loaded again keeps its opened details open.
  let opened = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    opened = [...event.target.querySelectorAll("details[id][open]")].map((one) => one.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    opened.forEach((id) => {
      const one = document.getElementById(id);
      if (one) one.open = true;
    });
    opened = [];
  });

  // A part that was refused because the person's other requests are under way is loaded again, at most so many times.
  const MAX_RETRIES = 3;
  const retries = new WeakMap();

  function retryLater({ xhr, target, requestConfig }) {
    const { elt, path, triggeringEvent } = requestConfig;
    const retry = retries.get(elt) || { count: 0 };
    if (retry.count === MAX_RETRIES) return false;
    retry.count += 1;
    // Spread a little, so that parts refused together do not come back together.
    const seconds = (Number(xhr.getResponseHeader("Retry-After")) || 2) * (1 + Math.random() / 2);
    retry.timer = window.setTimeout(() => {
      retry.timer = 0;
      if (elt.isConnected) htmx.ajax("GET", path, { source: elt, target, event: triggeringEvent });
    }, seconds * 1000);
    retries.set(elt, retry);
    return true;
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const retry = retries.get(event.detail.elt);
    if (!retry || !retry.timer) return;
    // The element asks again by itself, as a filter that was changed meanwhile: that takes the retry's place.
    window.clearTimeout(retry.timer);
    retries.delete(event.detail.elt);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    const isRefused = xhr.status === 429 && requestConfig.verb === "get";
    if (isRefused && retryLater(event.detail)) event.detail.isError = false;
    else retries.delete(requestConfig.elt);
  });
})();
