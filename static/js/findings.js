// Findings: fixes that open in place, bands that fold, pictures and remedies as tabs, and copying.
// Without it every band and remedy is shown, and a fix leads to the list of its findings.
(function () {
  "use strict";

  const HOW = "pl-how";
  const folds = new Map();

  function say(text) {
    let live = document.getElementById("pl-said");
    if (!live) {
      live = document.createElement("p");
      live.id = "pl-said";
      live.className = "visually-hidden";
      live.setAttribute("role", "status");
      document.body.append(live);
    }
    live.textContent = "";
    window.setTimeout(() => (live.textContent = text), 50);
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copyText);
      button.classList.add("pl-copied");
      window.setTimeout(() => button.classList.remove("pl-copied"), 2000);
      say("Copied");
    } catch {
      say("The browser does not allow copying here");
    }
  }

  function fold(button, isOpen) {
    const body = document.getElementById(button.dataset.fold);
    button.setAttribute("aria-expanded", String(isOpen));
    body.hidden = !isOpen;
    folds.set(button.dataset.fold, isOpen);
  }

  function open(button) {
    const row = document.getElementById(button.getAttribute("aria-controls"));
    const isOpen = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(isOpen));
    row.hidden = !isOpen;
    const cell = row.firstElementChild;
    if (!isOpen || cell.childElementCount) return;
    cell.innerHTML = '<p class="pl-quiet" role="status">Reading…</p>';
    htmx.ajax("GET", button.dataset.members, { target: cell, swap: "innerHTML" });
  }

  function choosePicture(chosen) {
    chosen.parentElement.querySelectorAll("button").forEach((button) => {
      const isOn = button === chosen;
      button.setAttribute("aria-pressed", String(isOn));
      document.getElementById(button.dataset.picture).classList.toggle("pl-picture-off", !isOn);
    });
  }

  function remembered() {
    try {
      return window.localStorage.getItem(HOW);
    } catch {
      return null;
    }
  }

  // Sections of a remedy become tabs; the last choice is kept for the next finding.
  function makeTabs(box) {
    const panels = [...box.querySelectorAll("[data-how]")];
    if (panels.length < 2) return;
    const list = document.createElement("div");
    list.className = "pl-tabs pl-how-tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Ways to fix it");
    const tabs = panels.map((panel) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.id = `${panel.id}-tab`;
      tab.textContent = panel.dataset.how;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
      return tab;
    });
    const choose = (chosen) =>
      tabs.forEach((tab, place) => {
        tab.setAttribute("aria-selected", String(tab === chosen));
        tab.tabIndex = tab === chosen ? 0 : -1;
        panels[place].classList.toggle("pl-how-off", tab !== chosen);
      });
    list.addEventListener("click", (event) => {
      if (!tabs.includes(event.target)) return;
      choose(event.target);
      try {
        window.localStorage.setItem(HOW, event.target.textContent);
      } catch {
        // A browser that keeps nothing shows the first way next time.
      }
    });
    list.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = tabs[(tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length];
      next.focus();
      next.click();
    });
    box.prepend(list);
    box.classList.add("pl-has-tabs");
    choose(tabs.find((tab) => tab.textContent === remembered()) || tabs[0]);
  }

  function prepare() {
    document.querySelectorAll("tbody[data-folded]").forEach((body) => {
      const button = document.querySelector(`[data-fold="${body.id}"]`);
      if (!folds.has(body.id)) fold(button, false);
    });
    folds.forEach((isOpen, id) => {
      const button = document.querySelector(`[data-fold="${id}"]`);
      if (button) fold(button, isOpen);
    });
    document.querySelectorAll(".pl-picture-tabs[hidden]").forEach((tabs) => {
      tabs.hidden = false;
      choosePicture(tabs.querySelector("button"));
    });
    document.querySelectorAll("[data-remedy]:not(.pl-has-tabs)").forEach(makeTabs);
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const found = target && target.closest("[data-copy-text], [data-copy], [data-fold], [data-members], [data-picture]");
    if (!found) return;
    if (found.dataset.copyText !== undefined) copy(found);
    else if (found.dataset.fold) fold(found, found.getAttribute("aria-expanded") !== "true");
    else if (found.dataset.members) open(found);
    else if (found.dataset.picture) choosePicture(found);
    else say("Copied");
  });
  document.addEventListener("htmx:afterSettle", prepare);
  document.addEventListener("DOMContentLoaded", prepare);
})();
