// What has been done, said for a while.

/** Long enough to be read, ms. */
const SHOWN_MS = 6_000;

export class Toast {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} element read out by itself */
  constructor(element) {
    this.element = element;
  }

  /** @param {string} text */
  tell(text) {
    this.element.textContent = text;
    this.#wait();
  }

  clear() {
    clearTimeout(this.#timer);
    this.element.textContent = "";
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), SHOWN_MS);
  }

  /** Whoever points at it still reads. */
  #end() {
    if (this.element.matches(":hover, :focus-within")) this.#wait();
    else this.clear();
  }
}
