// A picture's PNG is drawn in the theme that its page has, which the server does not know.
(function () {
  "use strict";
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-picture-png]");
    if (!link) return;
    const url = new URL(link.href);
    url.searchParams.set("theme", document.documentElement.dataset.bsTheme);
    link.href = url;
  });
})();
