// Parts of a page that load by themselves: a bar while they take long, and what is said where one failed.
(function () {
  "use strict";

  // --- The bar: for requests of parts, and for the next page, once either takes longer than a moment. ---

  const MOMENT = 700;
  let running = 0;
  let timer = 0;

  function bar() {
    let made = document.getElementById("pl-bar");
    if (!made) {
      made = document.createElement("div");
      made.id = "pl-bar";
      made.className = "pl-bar";
      made.setAttribute("role", "status");
      document.body.append(made);
    }
    return made;
  }

  function begin() {
    running += 1;
    if (!timer) {
      timer = window.setTimeout(() => {
        bar().classList.add("pl-bar-on");
        bar().textContent = "Loading…";
      }, MOMENT);
    }
  }

  function end() {
    running = Math.max(0, running - 1);
    if (running) return;
    window.clearTimeout(timer);
    timer = 0;
    const made = document.getElementById("pl-bar");
    if (made) {
      made.classList.remove("pl-bar-on");
      made.textContent = "";
    }
  }

  // What asks by itself every few seconds is no work that somebody waits for.
  const isQuiet = (event) => /\bevery\b/.test(event.detail.elt ? event.detail.elt.getAttribute("hx-trigger") || "" : "");
  document.addEventListener("htmx:beforeRequest", (event) => isQuiet(event) || begin());
  document.addEventListener("htmx:afterRequest", (event) => isQuiet(event) || end());

  function leads(event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return false;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || link.target || link.hasAttribute("download") || link.hasAttribute("hx-get")) return false;
    const url = new URL(link.href, window.location.href);
    const isHere = url.pathname === window.location.pathname && url.search === window.location.search && url.hash;
    return url.origin === window.location.origin && !isHere && !url.searchParams.has("export");
  }
  document.addEventListener("click", (event) => leads(event) && begin());
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && !event.target.closest("[hx-get], [hx-post]")) begin();
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // parts of a page that is new may be loading
    running = 0;
    end();
  });

  // --- What failed. ---

  function announce(text) {
    let strip = document.getElementById("pl-failed");
    if (!strip) {
      strip = document.createElement("div");
      strip.id = "pl-failed";
      strip.className = "pl-note pl-note-error pl-note-floating";
      strip.setAttribute("role", "alert");
      document.body.append(strip);
    }
    strip.textContent = text;
    window.setTimeout(() => strip.remove(), 8000);
  }

  // A part that was to be loaded for the first time says in its own place that it was not.
  const loadsItself = (elt) => /\b(load|toggle|revealed)\b/.test(elt.getAttribute("hx-trigger") || "");

  function failPart(detail, text) {
    const { elt, target, requestConfig } = { target: detail.target || detail.elt, ...detail };
    const note = document.createElement("div");
    note.className = "pl-part-failed";
    note.setAttribute("role", "alert");
    const words = document.createElement("p");
    words.textContent = text;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn";
    again.textContent = "Try again";
    again.addEventListener("click", () => {
      words.textContent = "Loading…";
      again.disabled = true;
      htmx.ajax("GET", requestConfig.path, { source: elt, target: target });
    });
    note.append(words, again);
    target.replaceChildren(note);
  }

  function fail(event, text) {
    const { elt, requestConfig } = event.detail;
    if (isQuiet(event)) return;
    if (elt && requestConfig && requestConfig.verb === "get" && loadsItself(elt)) failPart(event.detail, text);
    else announce(`${text} Try again, or reload the page.`);
  }

  const REASONS = {
    400: "The server did not understand the request for this.",
    404: "This is not there any more, or not yours to see.",
    429: "Too many of your requests are under way.",
    503: "This took too long, so it was stopped. Choose one account or a shorter period.",
  };

  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 403 || status === 401) window.location.reload();
    else fail(event, REASONS[status] || "The server could not answer that.");
  });
  document.addEventListener("htmx:sendError", (event) => fail(event, "The server cannot be reached. Check the connection."));
  document.addEventListener("htmx:timeout", (event) => fail(event, "The server did not answer in time."));
})();
