// The numbers above a board.

/** The places of the numbers, by name. */
export function statsOf(page) {
  return Object.fromEntries([...page.querySelectorAll("[data-stat]")].map((stat) => [stat.dataset.stat, stat]));
}

/** Show that these numbers cannot be known now. */
export function lack(stats) {
  for (const stat of Object.values(stats)) stat.textContent = "—";
}

/** Show that these numbers are not known yet. */
export function wait(stats) {
  for (const stat of Object.values(stats)) {
    stat.replaceChildren(Object.assign(document.createElement("span"), { className: "skeleton" }));
  }
}
