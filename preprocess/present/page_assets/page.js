"use strict";
(() => {
  const cards = [...document.querySelectorAll("article.card")];
  const buttons = [...document.querySelectorAll("button[data-outcome]")];
  const rule = document.getElementById("rule");
  const name = document.getElementById("name");
  let outcome = "";
  const apply = () => {
    const part = name.value.trim().toLowerCase();
    let shown = 0;
    for (const card of cards) {
      const fits =
        (!outcome || card.dataset.outcome === outcome) &&
        (!rule.value || card.dataset.rules.split(" ").includes(rule.value)) &&
        (!part || card.dataset.name.toLowerCase().includes(part));
      card.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    document.getElementById("shown").textContent = `${shown} shown`;
    document.getElementById("none").hidden = shown > 0;
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      outcome = button.dataset.outcome;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      apply();
    });
  }
  rule.addEventListener("change", apply);
  name.addEventListener("input", apply);
  apply();
})();
