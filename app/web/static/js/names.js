// What accounts are called, asked for once each.

/** Remembers names. Whoever has told none is called after their id. */
export class Names {
  #known = new Map();

  /** Find out the names of these accounts that are not known yet; without an answer they keep what they have. */
  async learn(get, ids) {
    const unknown = [...new Set(ids)].filter((id) => !this.#known.has(id));
    if (unknown.length === 0) return;
    const { usernames } = await get(`/usernames?ids=${unknown.join(",")}`);
    for (const id of unknown) this.#known.set(id, usernames[id] ?? null);
  }

  /** What an account is called. */
  of(id) {
    return this.#known.get(id) ?? `Player ${id.slice(-6)}`;
  }
}
