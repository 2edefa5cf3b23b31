// What pages do better with a script; each works without it.
"use strict";

for (const form of document.querySelectorAll("form[data-filters]")) {
  const period = form.elements.namedItem("period");
  const days = form.querySelector(".days");
  const showDays = () => { days.hidden = period.value !== "days"; };
  showDays();
  form.addEventListener("change", (event) => {
    showDays();
    const isDay = event.target.type === "date";
    if (period.value !== "days" || isDay) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    // A short address: fields that say nothing are left out of it.
    for (const field of form.elements) {
      const idle = field.type === "date" ? period.value !== "days" : field.value === "" || field.value === "previous" || field.value === "elapsed";
      if (field.name && idle) field.disabled = true;
    }
  });
}
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-filters] :disabled")) field.disabled = false;
});

// Buttons that a choice presses by itself.
for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
