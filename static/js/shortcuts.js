// Single-key shortcuts. Loaded only for people who have not switched them off; never while something is typed.
(function () {
  "use strict";

  const WAIT = 1500;
  let afterGo = 0;

  const isTyping = (target) =>
    target instanceof Element &&
    (target.closest("input, textarea, select, [contenteditable], [role=combobox], [role=textbox]") !== null ||
      document.querySelector("dialog[open]") !== null);

  // A row's first link stands for the row; lists that are no tables mark theirs.
  const rows = () =>
    [...document.querySelectorAll("main a.pl-row-link, main [data-row]")].filter((one) => one.getClientRects().length);

  function step(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((one) => one === document.activeElement || one.parentElement === document.activeElement);
    const next = all[at === -1 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    next.focus({ focusVisible: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function goTo(key) {
    const link = document.querySelector(`#rail a[data-key="${CSS.escape(key)}"]`);
    if (link) link.click();
    return link !== null;
  }

  function back() {
    const left = document.querySelectorAll(".pl-crumbs a[data-left]");
    const crumbs = left.length ? left : document.querySelectorAll(".pl-crumbs a[href]");
    if (crumbs.length) crumbs[crumbs.length - 1].click();
  }

  function open() {
    if (rows().includes(document.activeElement)) document.activeElement.click();
  }

  const KEYS = {
    "/": () => window.plFrame.openPalette(""),
    "?": () => window.plFrame.openShortcuts(),
    t: () => window.plToggleTheme(),
    j: () => step(1),
    k: () => step(-1),
    o: open,
    u: back,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) {
      if (!(event.repeat && (event.key === "j" || event.key === "k"))) return;
    }
    if (event.defaultPrevented || isTyping(event.target)) return;
    const isGo = afterGo && Date.now() - afterGo < WAIT;
    afterGo = 0;
    if (isGo && goTo(event.key)) return event.preventDefault();
    if (event.key === "g") {
      afterGo = Date.now();
      return;
    }
    const does = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
    if (!does) return;
    event.preventDefault();
    does();
  });
})();
