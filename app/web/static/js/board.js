// The place for a board: what it shows, that it waits, that something went wrong, that there is nothing.

import { Latest, Refused } from "./latest.js";
import { Reader } from "./reader.js";

const GONE = new Set([401]);

/** A board that is loaded when its reader wants another, and kept up to date meanwhile. */
export class Board {
  #section;
  #latest = new Latest();
  #reader;
  #load;
  #draw;
  #waiting;
  #failing;
  #missed = false;

  /**
   * `load(get, getPage)` finds out what is to be shown, `draw(answer)` shows it and returns whether there is anything.
   * `waiting()` is called when another board is being loaded, `failing()` when it could not be.
   */
  constructor(section, { load, draw, waiting, failing }) {
    this.#section = section;
    this.#load = load;
    this.#draw = draw;
    this.#waiting = waiting;
    this.#failing = failing;
    this.#reader = new Reader(section);
    // A page that came without its board lacks what else the server knows, too.
    const isWhole = section.dataset.state !== "error";
    section.querySelector("[data-retry]").addEventListener("click", () => (isWhole ? this.show() : location.reload()));
  }

  /** Load what its reader wants now. True once it is shown; an older load never comes after a newer one. */
  async show() {
    this.#reader.forget();
    this.#state("loading");
    this.#waiting();
    return this.#ask((answer) => this.#arrive(answer));
  }

  /** Look for something new, unless a reader waits for something else; a failure changes nothing. */
  async refresh() {
    this.#missed = this.#latest.isAsking;
    if (this.#missed || this.#section.dataset.state === "error") return;
    await this.#ask((answer) => this.#reader.whenFree(() => this.#arrive(answer)), { quietly: true });
    if (this.#missed) await this.refresh();
  }

  /** Say something to those who do not see the board. */
  tell(text) {
    this.#section.querySelector("[data-told]").textContent = text;
  }

  async #ask(arrive, { quietly = false } = {}) {
    try {
      const answer = await this.#latest.ask(this.#load);
      if (answer !== undefined) arrive(answer);
      return answer !== undefined;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (GONE.has(error.status)) location.reload();
      else if (!quietly) this.#fail(error);
      return false;
    }
  }

  #arrive(answer) {
    this.#state(this.#draw(answer) ? "ready" : "empty");
  }

  #fail(error) {
    const text = this.#section.querySelector("[data-error]");
    text.textContent = error.status === 0 ? "The service was not reached." : "This leaderboard could not be loaded.";
    this.#state("error");
    this.#failing();
  }

  #state(name) {
    this.#section.dataset.state = name;
    this.#section.setAttribute("aria-busy", String(name === "loading"));
    for (const part of this.#section.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== name;
    const list = this.#section.querySelector("[data-cards]");
    list.hidden = !(name === "ready" || (name === "loading" && list.children.length > 0));
  }
}
