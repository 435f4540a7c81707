// Hearing that something has changed: from the service while it can say so, by looking again while it cannot.

const AT_MOST_EVERY_MS = 1000;

/**
 * Call `changed` whenever there may be something new, as long as the page is looked at.
 * `events`: the address of server-sent events and their names, or null; `everyMs`: how often to look without them,
 * `evenSoMs`: how often in spite of them. Returns what ends it.
 */
export function listen({ events, everyMs, evenSoMs = 0, changed, light }) {
  let source = null;
  let polling = 0;
  let throttled = 0;

  const tell = () => {
    if (throttled) return;
    throttled = setTimeout(() => {
      throttled = 0;
      changed();
    }, AT_MOST_EVERY_MS);
  };
  const poll = (ms) => {
    clearInterval(polling);
    polling = ms ? setInterval(changed, ms) : 0;
  };
  const show = (isOn) => {
    if (light) light.dataset.on = String(isOn);
  };
  const open = () => {
    poll(everyMs);
    show(!events);
    if (!events) return;
    source = new EventSource(events.url);
    source.addEventListener("open", () => {
      poll(evenSoMs);
      show(true);
    });
    source.addEventListener("error", () => {
      poll(everyMs);
      show(false);
    });
    for (const name of events.names) source.addEventListener(name, tell);
  };
  const close = () => {
    clearTimeout(throttled);
    throttled = 0;
    poll(0);
    source?.close();
    source = null;
  };

  // A browser has few connections for each service: a page that nobody looks at keeps none.
  const look = () => {
    close();
    if (document.hidden) return;
    open();
    changed();
  };
  document.addEventListener("visibilitychange", look);
  if (!document.hidden) open();
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
}
