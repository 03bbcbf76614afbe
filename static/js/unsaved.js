// Forms that are marked warn before they are left with changes that were not saved.
(function () {
  "use strict";

  const state = (form) => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")).toString();

  document.querySelectorAll("form[data-unsaved]").forEach((form) => {
    const note = form.querySelector("[data-unsaved-note]");
    // A form that came back with errors holds what was typed, and none of it is saved.
    const saved = form.dataset.unsaved === "dirty" ? null : state(form);
    let isSent = false;
    const isDirty = () => !isSent && state(form) !== saved;
    const show = () => {
      if (note) note.hidden = !isDirty();
    };
    form.addEventListener("input", show);
    form.addEventListener("change", show);
    form.addEventListener("submit", () => (isSent = true));
    window.addEventListener("pageshow", () => {
      isSent = false;
      show();
    });
    window.addEventListener("beforeunload", (event) => {
      if (isDirty()) event.preventDefault();
    });
    show();
  });
})();
