// A game leaderboard: the visitor's shard with its zones, and the time to the next rollover.

import { Board } from "./board.js";
import { drawCards, say, showPlace } from "./cards.js";
import { listen } from "./live.js";
import { Names } from "./names.js";
import { lack, statsOf, wait } from "./stats.js";
import { ordinal, remaining, thousands } from "./words.js";

const LOOKS_EVERY_MS = 3000;
const NOT_FOUND = 404;
const MOST_NAMES = 200;
const ZONES = { up: "Promotion zone", stay: "Safe", down: "Demotion zone" };

const page = document.querySelector("[data-board]");
const list = page.querySelector("[data-cards]");
const select = document.querySelector("[data-filters] select");
const stats = statsOf(document);
const account = list.dataset.account;
const names = new Names();

const clock = {
  closesAt: Number(stats.rollover.dataset.closesAt) || null,
  aheadMs: Date.now() - Number(stats.rollover.dataset.now),
};

const board = new Board(page, {
  async load(get) {
    const standing = await get(`/leaderboard/standing?leaderboardId=${encodeURIComponent(select.value)}`).catch(noPart);
    if (standing === null) return null;
    await names.learn(get, standing.lines.map((line) => line.accountId).slice(0, MOST_NAMES));
    return standing;
  },
  draw(standing) {
    if (standing === null) {
      lack(stats);
      return false;
    }
    drawStats(standing);
    drawTiers(standing);
    drawCards(list, [...rows(standing)], { key: (row) => row.key, make, fill });
    return standing.lines.length > 0;
  },
  waiting() {
    wait(stats);
    clock.closesAt = null;
  },
  failing: () => lack(stats),
});

/** Null if the visitor takes no part in the leaderboard. */
function noPart(error) {
  if (error.status === NOT_FOUND) return null;
  throw error;
}

/** Lines, with a heading where a zone begins and a gap where lines are left out. */
function* rows({ lines, gapAfter, promoteThrough, demoteFrom }) {
  const hasZones = promoteThrough !== null || demoteFrom !== null;
  let zone = null;
  for (const [place, line] of lines.entries()) {
    if (place === gapAfter) yield { key: "gap", text: "···" };
    if (hasZones && line.zone !== zone) yield { key: `zone-${line.zone}`, zone: line.zone, text: ZONES[line.zone] };
    yield { key: line.accountId, line };
    zone = line.zone;
  }
}

function make(row) {
  const kind = row.line ? "card" : "heading";
  return page.querySelector(`template[data-make=${kind}]`).content.firstElementChild.cloneNode(true);
}

function fill(element, { line, zone, text }) {
  if (line) fillLine(element, line);
  else {
    element.className = zone ? `zone ${zone}` : "gap";
    element.textContent = text;
  }
}

function fillLine(card, line) {
  const isOwn = line.accountId === account;
  card.className = ["card", line.zone, isOwn ? "own" : ""].join(" ");
  showPlace(card, line.rank);
  card.querySelector("[data-name]").textContent = names.of(line.accountId);
  card.querySelector("[data-own]").hidden = !isOwn;
  say(card.querySelector("[data-points]"), thousands(line.score));
}

function drawStats(standing) {
  say(stats.rank, ordinal(standing.rank));
  say(stats.players, thousands(standing.players));
  clock.closesAt = standing.closesAt;
  clock.aheadMs = Date.now() - standing.now;
  if (clock.closesAt === null) stats.rollover.textContent = "—";
  else tick();
}

function drawTiers({ tier, tierCount }) {
  const tiers = document.querySelector("[data-tiers]");
  tiers.hidden = tierCount < 2;
  const items = Array.from({ length: tierCount }, (_, number) => {
    const item = document.createElement("li");
    item.textContent = `Tier ${number + 1}`;
    if (number === tier) item.ariaCurrent = "true";
    return item;
  });
  tiers.replaceChildren(...items);
}

/** Show how long the cycle lasts still, by the service's clock. */
function tick() {
  if (clock.closesAt === null) return;
  const seconds = Math.round((clock.closesAt - (Date.now() - clock.aheadMs)) / 1000);
  const text = seconds > 0 ? remaining(seconds) : "now";
  if (stats.rollover.textContent !== text) stats.rollover.textContent = text;
}

function choose(id) {
  select.value = id;
  board.show();
}

select.addEventListener("change", () => {
  history.pushState(null, "", `?${new URLSearchParams({ tab: "game", leaderboardId: select.value })}`);
  board.show();
});
addEventListener("popstate", () => {
  choose(new URLSearchParams(location.search).get("leaderboardId") ?? select.options[0].value);
});

if (select.options.length > 0) {
  setInterval(tick, 1000);
  listen({ events: null, everyMs: LOOKS_EVERY_MS, changed: () => board.refresh(), light: document.querySelector("[data-live]") });
}
