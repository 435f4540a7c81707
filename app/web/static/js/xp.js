// The XP leaderboard: filters that live in the address, pages, and ranks as they change.

import { Board } from "./board.js";
import { drawCards, say, showPlace } from "./cards.js";
import { listen } from "./live.js";
import { Places } from "./places.js";
import { lack, statsOf, wait } from "./stats.js";
import { addressOf, apiAddressOf, eventsAddressOf, wantedIn } from "./wanted.js";
import { flag, ordinal, thousands } from "./words.js";

const LOOKS_EVERY_MS = 10_000;
const ICONS = new Set(["facebook", "instagram", "linkedin", "reddit", "twitter"]);

const section = document.querySelector("[data-board]");
const list = section.querySelector("[data-cards]");
const filters = document.querySelector("[data-filters]");
const title = document.querySelector("[data-title]");
const pager = document.querySelector("[data-pager]");
const stats = statsOf(document);
const times = filters.elements.timeFilter;
const places = new Places(filters);
const own = Number(list.dataset.user);

let wanted = wantedIn(location.search);
let followed = null;
let stop = () => {};

const board = new Board(section, {
  load: (get) => get(apiAddressOf(wanted)),
  draw(page) {
    say(stats.rank, page.currentUserRank === null ? "—" : ordinal(page.currentUserRank));
    say(stats.users, thousands(page.totalUsers));
    section.querySelector("[data-empty]").textContent = nothing(page.total);
    drawCards(list, page.users, { key: (user) => String(user.user_id), make, fill });
    drawPager(page.hasNextPage);
    return page.users.length > 0;
  },
  waiting() {
    wait(stats);
    drawPager(false);
  },
  failing: () => lack(stats),
});

/** Show another board or page; `change` says what is to be otherwise. */
async function go(change, { remember = true } = {}) {
  const isOtherPage = "page" in change;
  wanted = { ...wanted, page: 1, ...change };
  if (remember) history.pushState(null, "", addressOf(wanted));
  drawFilters();
  follow();
  if (isOtherPage) scrollTo({ top: 0 });
  if (await board.show()) board.tell(`${title.textContent}, page ${wanted.page}: ${list.children.length} users`);
}

/** Hear from now on when something changes in the place that is chosen. */
function follow() {
  const url = eventsAddressOf(wanted);
  if (url === followed) return;
  followed = url;
  stop();
  stop = listen({
    events: { url, names: ["updated", "reset"] },
    everyMs: LOOKS_EVERY_MS,
    changed: () => board.refresh(),
    light: document.querySelector("[data-live]"),
  });
}

/** The filters as they are chosen. What is known of the places only now comes when it comes. */
async function drawFilters() {
  times.value = wanted.timeFilter;
  for (const pill of filters.querySelectorAll("[data-time]")) {
    pill.ariaCurrent = pill.dataset.time === wanted.timeFilter ? "true" : null;
    pill.href = addressOf({ ...wanted, timeFilter: pill.dataset.time, page: 1 });
  }
  drawTitle();
  await places.show(wanted);
  drawTitle();
}

function drawTitle() {
  title.textContent = `${times.selectedOptions[0].text} · ${places.name(wanted) ?? "Whole world"}`;
  document.title = `${title.textContent} · Laurel`;
}

function drawPager(hasNext) {
  pager.hidden = wanted.page === 1 && !hasNext;
  pager.querySelector("[data-page]").textContent = `Page ${wanted.page}`;
  for (const link of pager.querySelectorAll("[data-step]")) {
    const step = Number(link.dataset.step);
    const isThere = step > 0 ? hasNext : wanted.page > 1;
    link.ariaDisabled = isThere ? null : "true";
    if (isThere) link.href = addressOf({ ...wanted, page: wanted.page + step });
    else link.removeAttribute("href");
  }
}

/** Which board has nothing to show, as `xp_page.py` says it too. */
function nothing(total) {
  if (total > 0) return `This board has no page ${wanted.page}.`;
  const place = places.name(wanted);
  const when = wanted.timeFilter === "all-time" ? "yet" : times.selectedOptions[0].text.toLowerCase();
  return `Nobody has earned XP ${place ? `in ${place}` : "anywhere"} ${when}.`;
}

function make() {
  return section.querySelector("template[data-make=card]").content.firstElementChild.cloneNode(true);
}

function fill(card, user) {
  const part = (name) => card.querySelector(`[data-${name}]`);
  const isOwn = user.user_id === own;
  card.id = `user-${user.user_id}`;
  card.classList.toggle("own", isOwn);
  card.ariaCurrent = isOwn ? "true" : null;
  part("own").hidden = !isOwn;
  showPlace(card, user.rank);
  say(part("points"), thousands(user.xp));
  fillFlag(part("flag"), user.global_flag);
  fillName(part("link"), part("name"), user);
  part("team").textContent = user.team;
  part("team").hidden = !user.team;
  fillSocial(part("social"), user.social ?? {});
}

function fillFlag(element, country) {
  element.textContent = flag(country);
  element.hidden = element.textContent === "";
  element.ariaLabel = (country ?? "").toUpperCase();
}

function fillName(link, element, user) {
  const name = user.name || user.username;
  element.textContent = name || "Anonymous";
  element.classList.toggle("nameless", !name);
  if (user.public_profile) link.href = `/profile/${user.user_id}`;
  else link.removeAttribute("href");
}

function fillSocial(element, social) {
  const links = Object.entries(social).filter(([, url]) => /^https?:\/\//.test(url));
  element.hidden = links.length === 0;
  const shown = [...element.querySelectorAll("a")].map((link) => link.getAttribute("href"));
  if (shown.join(" ") === links.map(([, url]) => url).join(" ")) return;
  element.replaceChildren(...links.map(([name, url]) => socialLink(name, url)));
}

function socialLink(name, url) {
  const item = section.querySelector("template[data-make=link]").content.firstElementChild.cloneNode(true);
  const link = item.querySelector("a");
  link.href = url;
  link.ariaLabel = name;
  item.querySelector("use").setAttribute("href", `#i-${ICONS.has(name) ? name : "link"}`);
  return item;
}

/** Whether a click asks for another tab or window, which is the browser's business. */
const isForBrowser = (event) => event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

filters.addEventListener("click", (event) => {
  const pill = event.target.closest("[data-time]");
  if (!pill || isForBrowser(event)) return;
  event.preventDefault();
  go({ timeFilter: pill.dataset.time });
});
filters.addEventListener("change", () => go({ timeFilter: times.value, ...places.chosen(wanted) }));
pager.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || isForBrowser(event)) return;
  event.preventDefault();
  go({ page: wanted.page + Number(link.dataset.step) });
});
addEventListener("popstate", () => go(wantedIn(location.search), { remember: false }));

follow();
