/** Milliseconds between two messages of one kind. */
export const REPORT_INTERVAL = 50;

/**
 * Gathers items and hands them on at most every `interval` milliseconds: the first at once, later ones with the first
 * call after the interval is over. What is left is handed on by `flush`. It needs no timer, which would have to wait for
 * the work it reports on.
 */
export class Batcher<T> {
  readonly #send: (items: T[]) => void;
  readonly #interval: number;
  readonly #latestOnly: boolean;
  #items: T[] = [];
  #sentAt = -Infinity;

  /** @param latestOnly keep the last item only. */
  constructor(send: (items: T[]) => void, latestOnly = false, interval = REPORT_INTERVAL) {
    this.#send = send;
    this.#latestOnly = latestOnly;
    this.#interval = interval;
  }

  add(item: T): void {
    if (this.#latestOnly) this.#items.length = 0;
    this.#items.push(item);
    if (performance.now() - this.#sentAt >= this.#interval) this.flush();
  }

  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#sentAt = performance.now();
    this.#send(items);
  }
}
