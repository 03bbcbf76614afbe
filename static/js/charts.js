// Draws every chart of the site from the JSON next to it; plotly is loaded when the first chart is met.
(function () {
  "use strict";
  const config = { displayModeBar: false, responsive: true, showTips: false, doubleClick: false };
  let loading = null;

  function plotly() {
    if (window.Plotly) return Promise.resolve(window.Plotly);
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.querySelector('meta[name="pl-plotly"]').content;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => reject(new Error("plotly could not be loaded"));
      document.head.append(script);
    });
    return loading;
  }

  // Colours in a figure are names of custom properties: one figure serves light and dark.
  function coloured(value, style) {
    if (typeof value === "string" && value.startsWith("var(--")) {
      return style.getPropertyValue(value.slice(4, -1)).trim();
    }
    if (Array.isArray(value)) return value.map((item) => coloured(item, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, style)]));
    }
    return value;
  }

  async function draw(plot) {
    const figure = JSON.parse(document.getElementById(plot.dataset.chart).textContent);
    const library = await plotly();
    const style = window.getComputedStyle(document.documentElement);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const layout = coloured(figure.layout, style);
    if (still) layout.transition = { duration: 0 };
    await library.react(plot, coloured(figure.data, style), layout, config);
    if (!plot.dataset.drawn) {
      plot.dataset.drawn = "yes";
      listen(plot);
    }
  }

  function listen(plot) {
    plot.on("plotly_click", (event) => {
      const url = event.points.map((point) => point.customdata).find((data) => typeof data === "string" && data.startsWith("/"));
      if (url) window.location.assign(url);
    });
  }

  function drawAll(root) {
    root.querySelectorAll("[data-chart]").forEach((plot) => {
      draw(plot).catch((error) => {
        plot.classList.add("pl-chart-failed");
        plot.textContent = "The chart could not be drawn; its numbers are in the table below.";
        console.error(error);
      });
    });
  }

  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) drawAll(event.detail.elt);
  });
  document.addEventListener("pl:theme", () => {
    if (document.body) drawAll(document);
  });
})();
