// Long lists of checkboxes: a field that narrows them, what is chosen on top, and the arrow keys. Without it they are plain.
(function () {
  "use strict";

  const FEW = 10;

  function made(tag, attributes, text) {
    const one = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => one.setAttribute(name, value));
    if (text) one.textContent = text;
    return one;
  }

  function equip(list) {
    const rows = [...list.children].map((row) => ({
      row,
      box: row.querySelector("input"),
      text: row.textContent.toLocaleLowerCase(),
    }));
    if (rows.length <= FEW) return;
    const noun = list.dataset.choose;
    const field = made("input", {
      type: "search",
      class: "form-control",
      placeholder: `Filter ${rows.length.toLocaleString("en")} ${noun}`,
      "aria-label": `Filter ${noun}`,
      "aria-controls": list.id,
      autocomplete: "off",
      spellcheck: "false",
    });
    const only = made("input", { type: "checkbox" });
    const onlyLabel = made("label", { class: "pl-choose-only" });
    onlyLabel.append(only, "Selected only");
    const count = made("span", { class: "pl-choose-count", role: "status" });
    const bar = made("div", { class: "pl-choose" });
    const none = made("p", { class: "pl-choose-none pl-quiet", hidden: "" });
    bar.append(field, onlyLabel, count);
    list.before(bar);
    list.append(none);

    const shown = () => rows.filter((one) => !one.row.hidden);
    let order = rows;

    // What is chosen moves up when the list is narrowed again, never under the pointer.
    function arrange() {
      const next = [...rows.filter((one) => one.box.checked), ...rows.filter((one) => !one.box.checked)];
      if (next.some((one, place) => one !== order[place])) {
        order = next;
        list.prepend(...order.map((one) => one.row));
      }
    }

    function narrow() {
      const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach((one) => {
        one.row.hidden = !words.every((word) => one.text.includes(word)) || (only.checked && !one.box.checked);
      });
      arrange();
      list.scrollTop = 0;
      showCount();
    }

    function showCount() {
      const chosen = rows.filter((one) => one.box.checked).length;
      const left = shown().length;
      const narrowed = left < rows.length ? `, ${left.toLocaleString("en")} shown` : "";
      count.textContent = `${chosen.toLocaleString("en")} of ${rows.length.toLocaleString("en")} selected${narrowed}`;
      none.hidden = left > 0;
      none.textContent = only.checked && !chosen ? `No ${noun} selected yet.` : `None of the ${noun} matches.`;
    }

    function step(from, by) {
      const there = order.filter((one) => !one.row.hidden);
      const next = there[there.findIndex((one) => one.box === from) + by];
      if (next) next.box.focus();
      else if (by < 0) field.focus();
    }

    field.addEventListener("input", narrow);
    only.addEventListener("change", narrow);
    list.addEventListener("change", showCount);
    field.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") {
        event.preventDefault();
        step(null, 1);
      } else if (event.key === "Enter") {
        // It narrows; the form is saved by its button. Where one is left, that one is meant.
        event.preventDefault();
        const left = shown();
        if (left.length === 1 && field.value) left[0].box.click();
      } else if (event.key === "Escape" && field.value) {
        event.stopPropagation();
        field.value = "";
        narrow();
      }
    });
    list.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(event.target, by);
    });
    showCount();
  }

  document.querySelectorAll("[data-choose]").forEach(equip);
})();
