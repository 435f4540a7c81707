// Country, state and city to choose from, each within the one before.

import { readJson, Refused } from "./latest.js";

const WITHIN = [
  { kind: "state", parent: "country" },
  { kind: "city", parent: "state" },
];

/** The selects of a form that narrow a board down to a place. */
export class Places {
  #selects;
  #parents = {};

  constructor(form) {
    this.#selects = { country: form.elements.country, state: form.elements.state, city: form.elements.city };
    for (const { kind, parent } of WITHIN) this.#parents[kind] = Number(this.#selects[parent].value) || null;
  }

  /** What has been chosen; a place within another goes when that one does. */
  chosen(before) {
    const value = (kind) => Number(this.#selects[kind].value) || null;
    const country = value("country");
    const state = country && country === before.country ? value("state") : null;
    const city = state && state === before.state ? value("city") : null;
    return { country, state, city };
  }

  /** Show these choices, once it is known what there is to choose from. */
  async show(wanted) {
    this.#selects.country.value = wanted.country ?? "";
    await Promise.all(WITHIN.map(({ kind, parent }) => this.#fill(kind, wanted[parent])));
    for (const { kind } of WITHIN) this.#selects[kind].value = wanted[kind] ?? "";
  }

  /** What the smallest place is called; null for the whole world. */
  name(wanted) {
    const kind = ["city", "state", "country"].find((one) => wanted[one]);
    if (!kind) return null;
    const option = [...this.#selects[kind].options].find((one) => one.value === String(wanted[kind]));
    return option?.text ?? "this place";
  }

  async #fill(kind, parent) {
    const select = this.#selects[kind];
    if (this.#parents[kind] !== parent) {
      this.#parents[kind] = parent;
      select.replaceChildren(select.options[0]);
      const locations = parent ? await within(kind, parent) : [];
      // Meanwhile somebody may have chosen another place.
      if (this.#parents[kind] !== parent) return;
      select.append(...locations.map(({ id, name }) => new Option(name, id)));
    }
    select.closest("[data-place]").hidden = select.options.length === 1;
  }
}

/** The places of a kind within another; none if they cannot be had now. */
async function within(kind, parent) {
  try {
    const outer = WITHIN.find((one) => one.kind === kind).parent;
    return (await readJson(`/api/v1/locations/${outer}/${parent}`)).locations;
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}
