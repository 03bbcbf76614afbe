// Before the first paint: light or dark, as chosen here before, else as the system prefers.
(function () {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return window.localStorage.getItem("pl-theme");
    } catch {
      return null; // storage is blocked: the system's preference applies
    }
  }

  function apply() {
    root.dataset.bsTheme = chosen() || (system.matches ? "dark" : "light");
    document.dispatchEvent(new CustomEvent("pl:theme"));
  }

  window.plToggleTheme = function () {
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      window.localStorage.setItem("pl-theme", next);
    } catch {
      // not kept for the next page, but shown on this one
    }
    root.dataset.bsTheme = next;
    document.dispatchEvent(new CustomEvent("pl:theme"));
  };

  root.classList.add("pl-js");
  system.addEventListener("change", apply);
  apply();
})();
