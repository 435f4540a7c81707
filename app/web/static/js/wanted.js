// Which XP board is wanted, and which page of it: what the address of the page says.

const PATH = "/leaderboard";
const KINDS = ["country", "state", "city"];
const FIRST_TIME = "all-time";

/** What the query of an address asks for. */
export function wantedIn(search) {
  const query = new URLSearchParams(search);
  const number = (name) => (/^[1-9]\d{0,14}$/.test(query.get(name) ?? "") ? Number(query.get(name)) : null);
  const known = [...document.querySelectorAll("[data-time]")].map((pill) => pill.dataset.time);
  const time = query.get("timeFilter");
  const country = number("country");
  const state = country && number("state");
  return {
    timeFilter: known.includes(time) ? time : FIRST_TIME,
    country,
    state,
    city: state && number("city"),
    page: number("page") ?? 1,
  };
}

/** The address of a board's page; what goes without saying is not said. */
export function addressOf({ timeFilter, page, ...places }) {
  const query = new URLSearchParams();
  if (timeFilter !== FIRST_TIME) query.set("timeFilter", timeFilter);
  for (const kind of KINDS) if (places[kind]) query.set(kind, places[kind]);
  if (page > 1) query.set("page", page);
  return query.size ? `${PATH}?${query}` : PATH;
}

/** Where the service answers with it. */
export function apiAddressOf(wanted) {
  return `/api/leaderboard?${new URLSearchParams({ timeFilter: wanted.timeFilter, page: wanted.page, ...locationOf(wanted) })}`;
}

/** Where the service tells that the boards of its place have changed. */
export function eventsAddressOf(wanted) {
  return `/api/leaderboard/events?${new URLSearchParams(locationOf(wanted))}`;
}

/** The smallest place, as the service wants it named. */
function locationOf(wanted) {
  const kind = KINDS.findLast((name) => wanted[name]);
  return kind ? { locationType: kind, locationId: wanted[kind] } : {};
}
