// Questions of which only the last counts.

/** Why there is no answer: the status, or 0 if the service was not reached. */
export class Refused extends Error {
  constructor(status) {
    super(`refused with ${status}`);
    this.status = status;
  }
}

/** Asks one thing at a time. A newer question ends the older, whose answer never arrives. */
export class Latest {
  #asking = null;

  get isAsking() {
    return this.#asking !== null;
  }

  /**
   * What `question(get, getPage)` finds out with what reads JSON, and pages of a list; undefined once something
   * newer was asked. Throws Refused.
   */
  async ask(question) {
    this.#asking?.abort();
    const mine = new AbortController();
    this.#asking = mine;
    try {
      const { signal } = mine;
      const answer = await question((url) => readJson(url, signal), (url) => readPage(url, signal));
      return this.#asking === mine ? answer : undefined;
    } catch (error) {
      if (this.#asking === mine) throw error;
      return undefined;
    } finally {
      if (this.#asking === mine) this.#asking = null;
    }
  }
}

/** The JSON at an address. Throws Refused. */
export async function readJson(url, signal) {
  return (await readPage(url, signal)).page;
}

/** A page of a list at an address, and how long the whole list is. Throws Refused. */
export async function readPage(url, signal) {
  try {
    const answer = await fetch(url, { signal, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Refused(answer.status);
    return { page: await answer.json(), total: Number(answer.headers.get("X-Total-Count")) };
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(0);
  }
}
