/**
 * Which row is shown by which set of elements. A row that comes into view takes those of one that went, which costs a
 * fraction of making new ones; a row that stays keeps its own, and with them the focus and what is being typed.
 */
export class Slots {
  #taken = new Map<string, number>();

  /** A slot for each row that is shown now, in their order. */
  assign(rows: readonly string[]): number[] {
    const shown = new Set(rows);
    const kept = new Map([...this.#taken].filter(([row]) => shown.has(row)));
    const used = new Set(kept.values());
    let next = 0;
    const free = () => {
      while (used.has(next)) next++;
      used.add(next);
      return next;
    };
    this.#taken = new Map(rows.map((row) => [row, kept.get(row) ?? free()]));
    return rows.map((row) => this.#taken.get(row) ?? 0);
  }
}
