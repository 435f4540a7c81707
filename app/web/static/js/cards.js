// A list of cards by key: each row keeps its element, moves softly, and leaves the reader's place alone.

import { ordinal } from "./words.js";

const MOVES_MS = 350;
const MEDALS = { 1: "gold", 2: "silver", 3: "bronze" };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Make a list show these rows. `make(row)` gives a new element, `fill(element, row)` makes it show the row. */
export function drawCards(list, rows, { key, make, fill }) {
  const known = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const before = new Map([...known].map(([name, element]) => [name, element.getBoundingClientRect().top]));
  const anchor = placeOfReader(list);
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const elements = rows.map((row) => {
    const element = known.get(key(row)) ?? make(row);
    element.dataset.key = key(row);
    fill(element, row);
    return element;
  });
  arrange(list, elements);
  if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  if (anchor?.isConnected) scrollBy(0, anchor.getBoundingClientRect().top - before.get(anchor.dataset.key));
  if (!calm.matches) moveSoftly(elements, before);
}

/** Show a text, and let it glow for a moment if it is another than before. */
export function say(element, text) {
  if (element.textContent === text) return;
  const isNew = element.textContent === "";
  element.textContent = text;
  if (!isNew && !calm.matches) element.animate([{ color: "#6ee7b7" }, {}], { duration: 1400, easing: "ease-out" });
}

/** Show a rank on a card: with a medal for the first three. */
export function showPlace(card, rank) {
  const medal = card.querySelector("[data-medal]");
  medal.setAttribute("class", ["medal", MEDALS[rank] ?? ""].join(" "));
  medal.toggleAttribute("hidden", !MEDALS[rank]);
  card.querySelector("[data-rank]").textContent = ordinal(rank);
}

/** The card under the pointer, else the focused one, else the first one to be seen of a list that is scrolled. */
function placeOfReader(list) {
  const cards = [...list.children];
  const underHand = cards.find((card) => card.matches(":hover")) ?? cards.find((card) => card.contains(document.activeElement));
  if (underHand) return underHand;
  if (list.getBoundingClientRect().top >= 0) return null;
  return cards.find((card) => card.getBoundingClientRect().bottom > 0) ?? null;
}

/** These children in this order and no others, moving as few as possible. */
function arrange(list, elements) {
  const wanted = new Set(elements);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, place) => {
    const there = list.children[place] ?? null;
    if (there !== element) list.insertBefore(element, there);
  });
}

function moveSoftly(elements, before) {
  for (const element of elements) {
    const was = before.get(element.dataset.key);
    const { top, bottom } = element.getBoundingClientRect();
    const isSeen = bottom > 0 && top < innerHeight;
    if (was === undefined || was === top || !isSeen) continue;
    element.animate([{ transform: `translateY(${was - top}px)` }, {}], { duration: MOVES_MS, easing: "ease-in-out" });
  }
}
