// Lets a drag over a picture of time choose the period: `since` and `until` of the URL. Without it the form does.
(function () {
  "use strict";
  const DAY = 86400000;
  const LEAST = 5; // pixels; a shorter drag is a click

  function listen(picture) {
    const drawing = picture.querySelector("svg");
    const left = Number(picture.dataset.left);
    const right = Number(picture.dataset.right);
    const first = Date.parse(picture.dataset.first);
    let start = null;
    let shade = null;

    const place = (event) => Math.min(right, Math.max(left, event.clientX - drawing.getBoundingClientRect().left));
    const day = (x) => {
      const days = Math.round(((x - left) / (right - left)) * Number(picture.dataset.span));
      return new Date(first + days * DAY).toISOString().slice(0, 10);
    };

    function draw(from, to) {
      if (!shade) {
        shade = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        shade.setAttribute("class", "pl-drift-drag");
        shade.setAttribute("y", "0");
        shade.setAttribute("height", drawing.getAttribute("height"));
        drawing.append(shade);
      }
      shade.setAttribute("x", String(Math.min(from, to)));
      shade.setAttribute("width", String(Math.abs(to - from)));
    }

    function stop() {
      start = null;
      if (shade) shade.remove();
      shade = null;
    }

    drawing.addEventListener("dragstart", (event) => event.preventDefault());
    drawing.addEventListener("pointerdown", (event) => {
      const x = event.clientX - drawing.getBoundingClientRect().left;
      if (event.button === 0 && event.pointerType !== "touch" && x >= left && x <= right) start = x;
    });
    window.addEventListener("pointermove", (event) => {
      if (start !== null && (shade || Math.abs(place(event) - start) >= LEAST)) draw(start, place(event));
    });
    window.addEventListener("pointerup", (event) => {
      if (start === null || !shade) return stop();
      const days = [day(start), day(place(event))].sort();
      // The link under the pointer must not be followed as well.
      drawing.addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
      stop();
      if (days[0] === days[1]) return;
      const url = new URL(window.location.href);
      url.searchParams.set("since", days[0]);
      url.searchParams.set("until", days[1]);
      window.location.assign(url);
    });
    window.addEventListener("keydown", (event) => {
      if (event.key === "Escape") stop();
    });
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-period]").forEach(listen));
})();
