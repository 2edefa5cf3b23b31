// Draws the charts of a page: each `figure[data-chart]` names the address of its specification.
"use strict";

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const views = new Map();
// Specifications are asked for at once; the script that draws them is larger, and comes after this one.
const ready = new Promise((done) => {
  if (window.vegaEmbed) done();
  else document.addEventListener("DOMContentLoaded", done, { once: true });
});

function theme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
}

// In steps, so that windows of nearly one size share what the service has drawn: only labels depend on it.
function width(place) {
  return Math.min(2000, Math.max(40, 20 * Math.floor(place.clientWidth / 20)));
}

// The specification: in the page itself where it is shared, else at the figure's address.
async function specification(figure, place) {
  if (figure.dataset.spec) {
    const specs = JSON.parse(document.getElementById(figure.dataset.spec).textContent);
    return specs[theme()] ?? Object.values(specs)[0];
  }
  const address = new URL(figure.dataset.chart, window.location.href);
  address.searchParams.set("theme", theme());
  address.searchParams.set("width", String(width(place)));
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).spec : null;
}

async function show(figure) {
  const place = figure.querySelector(".plot");
  const spec = await specification(figure, place);
  await ready;
  if (!spec) return;
  views.get(figure)?.finalize();
  // The interpreter needs no `eval`, which the page's policy forbids; styles are those of the page.
  const drawn = await window.vegaEmbed(place, spec, {
    ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true },
  });
  views.set(figure, drawn);
}

function showAll(root) {
  for (const figure of root.querySelectorAll("figure[data-chart], figure[data-spec]")) show(figure);
}

showAll(document);
document.addEventListener("htmx:afterSettle", (event) => showAll(event.detail.elt));
dark.addEventListener("change", () => showAll(document));
