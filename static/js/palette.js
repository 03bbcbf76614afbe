// The palette: a combobox over options that the server finds within what the person may see.
(function () {
  "use strict";

  const DELAY = 140;
  const SLOW = 400;
  const dialog = document.getElementById("pl-palette");
  const input = document.getElementById("pl-palette-input");
  const list = document.getElementById("pl-palette-list");
  const status = document.getElementById("pl-palette-status");
  let asking = null;
  let timer = 0;
  let shown = null;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const current = () => list.querySelector("[role=option][aria-selected=true]");

  function open(text) {
    if (!dialog.open) dialog.showModal();
    if (text) input.value = text;
    input.focus();
    input.select();
    ask();
  }

  function choose(option) {
    const before = current();
    if (before) before.setAttribute("aria-selected", "false");
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(current());
    choose(all[(at + by + all.length) % all.length]);
  }

  function show(html, text) {
    list.innerHTML = html;
    shown = text;
    const all = options();
    all.forEach((option, at) => (option.id = `pl-option-${at}`));
    choose(all[0]);
    status.textContent = all.length ? `${all.length} ${all.length === 1 ? "result" : "results"}` : "Nothing found";
  }

  function fail(answer) {
    list.replaceChildren();
    choose(null);
    shown = null;
    if (answer && (answer.status === 401 || answer.status === 403)) return window.location.reload();
    status.textContent = "The search did not answer. Type again to try once more.";
  }

  async function ask() {
    window.clearTimeout(timer);
    const text = input.value.trim();
    if (text === shown) return;
    if (asking) asking.abort();
    const mine = (asking = new AbortController());
    const slow = window.setTimeout(() => (status.textContent = "Searching…"), SLOW);
    const url = new URL(dialog.dataset.url, window.location.href);
    if (text) url.searchParams.set("q", text);
    try {
      const answer = await fetch(url, { signal: mine.signal, headers: { "HX-Request": "true" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") window.location.reload(); // the session has ended
      else if (!answer.ok) fail(answer);
      else show(await answer.text(), text);
    } catch (error) {
      if (error.name !== "AbortError") fail(null);
    } finally {
      window.clearTimeout(slow);
    }
  }

  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

  function remember(option) {
    if (!option.dataset.key) return;
    const body = new URLSearchParams({ key: option.dataset.key });
    // It goes on while the next page loads; a list of recent entries that lacks one does no harm.
    fetch(dialog.dataset.opened, { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": token() } }).catch(() => {});
    shown = null;
  }

  function send(url) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = url;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "csrfmiddlewaretoken";
    field.value = token();
    form.append(field);
    document.body.append(form);
    form.submit();
  }

  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    remember(option);
    if (!option.dataset.act) {
      if (!(event.ctrlKey || event.metaKey || event.shiftKey)) dialog.close();
      return;
    }
    dialog.close();
    if (option.dataset.act === "post") send(option.dataset.url);
    else if (option.dataset.act === "theme") window.plToggleTheme();
    else if (option.dataset.act === "shortcuts") window.plFrame.openShortcuts();
  });

  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== current()) choose(option);
  });

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, DELAY);
  });

  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      event.preventDefault();
      move(moves[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      // Who types and presses Enter at once means what is typed, not what is still shown of before.
      if (input.value.trim() !== shown) await ask();
      const option = current();
      if (option) option.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey }));
    }
  });

  window.plPalette = { open };
})();
