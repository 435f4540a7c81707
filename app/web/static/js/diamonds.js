// The diamonds of a livestream: who has given most, while it is given.

import { Board } from "./board.js";
import { drawCards, say, showPlace } from "./cards.js";
import { listen } from "./live.js";
import { Names } from "./names.js";
import { lack, statsOf, wait } from "./stats.js";
import { ordinal, remaining, thousands } from "./words.js";

const LINES = 50;
const LOOKS_EVERY_MS = 5_000;
// Answers may be a few seconds old, so that one that came right after an event is looked at again.
const LOOKS_EVEN_SO_MS = 15_000;
const SHARES = ["gifts", "views", "karaoke", "show", "exclusive"];

const section = document.querySelector("[data-board]");
const list = section.querySelector("[data-cards]");
const select = document.querySelector("[data-filters] select");
const stats = statsOf(document);
const names = new Names();

let airtime = { started: Number(stats.air.dataset.started) || null, aheadMs: Date.now() - Number(stats.air.dataset.now) };
let stop = () => {};

const board = new Board(section, {
  async load(get, getPage) {
    const path = `/sessions/${select.value}/leaderboard`;
    const query = new URLSearchParams({ days: 30, category: "all", _: Math.floor(Date.now() / 1000) });
    const [lines, own, session] = await Promise.all([
      getPage(`${path}?${query}&limit=${LINES}`),
      get(`${path}/me?${query}`),
      get(`/sessions/${select.value}`),
    ]);
    await names.learn(get, [...lines.page.map((line) => line.id), session.user]);
    return { lines: ranked(lines.page), total: lines.total, own, session };
  },
  draw({ lines, total, own, session }) {
    say(stats.rank, own.rank === null ? "—" : ordinal(own.rank));
    say(stats.supporters, thousands(total));
    airtime = { ...airtime, started: session.statuses.started };
    tick();
    section.querySelector("[data-empty]").textContent = `Nobody has given ${names.of(session.user)} diamonds yet.`;
    drawCards(list, lines, { key: (line) => line.id, make, fill });
    return lines.length > 0;
  },
  waiting: () => wait(stats),
  failing: () => lack(stats),
});

/** Lines with their ranks: equal totals share one. */
function ranked(lines) {
  let rank = 0;
  return lines.map((line, place) => {
    if (place === 0 || line.total < lines[place - 1].total) rank = place + 1;
    return { ...line, rank };
  });
}

function make() {
  return section.querySelector("template[data-make=card]").content.firstElementChild.cloneNode(true);
}

function fill(card, line) {
  const isOwn = line.id === list.dataset.account;
  card.classList.toggle("own", isOwn);
  showPlace(card, line.rank);
  card.querySelector("[data-name]").textContent = names.of(line.id);
  card.querySelector("[data-own]").hidden = !isOwn;
  card.querySelector("[data-shares]").replaceChildren(...shares(line.summary));
  say(card.querySelector("[data-points]"), thousands(line.total));
}

function shares(summary) {
  const given = SHARES.filter((kind) => summary[`total.diamonds.${kind}`] > 0);
  return given.map((kind) => {
    const text = `${kind} ${thousands(summary[`total.diamonds.${kind}`])}`;
    return Object.assign(document.createElement("li"), { textContent: text });
  });
}

/** Show how long the picture has been there, by the service's clock. */
function tick() {
  const { started, aheadMs } = airtime;
  const text = started === null ? "—" : remaining(Math.max(0, Math.round((Date.now() - aheadMs - started) / 1000)));
  if (stats.air.textContent !== text) stats.air.textContent = text;
}

/** Hear what is given in the chosen session from now on. */
function follow() {
  stop();
  stop = listen({
    events: { url: `/channels/presence-session@${select.value}/events`, names: ["leaderboard.updated", "reset"] },
    everyMs: LOOKS_EVERY_MS,
    evenSoMs: LOOKS_EVEN_SO_MS,
    changed: () => board.refresh(),
    light: document.querySelector("[data-live]"),
  });
}

function choose() {
  if (!select.value) {
    location.reload(); // a session that is over by now, which the server still knows
    return;
  }
  board.show();
  follow();
}

select.addEventListener("change", () => {
  history.pushState(null, "", `?${new URLSearchParams({ tab: "diamonds", session: select.value })}`);
  choose();
});
addEventListener("popstate", () => {
  select.value = new URLSearchParams(location.search).get("session") ?? select.options[0].value;
  choose();
});

if (select.value) {
  setInterval(tick, 1000);
  follow();
}
