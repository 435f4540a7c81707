// Whoever reads a list must not have it move away under the finger.

const STAYS_BUSY_MS = 1500;

/** Knows whether somebody's finger, pointer or keyboard is at work on an element. */
export class Reader {
  #pressed = false;
  #busyUntil = 0;
  #waiting = null;
  #timer = 0;

  constructor(element) {
    const busy = () => {
      this.#busyUntil = performance.now() + STAYS_BUSY_MS;
    };
    const press = (isPressed) => () => {
      this.#pressed = isPressed;
      busy();
    };
    element.addEventListener("pointerdown", press(true), { passive: true });
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, press(false), { passive: true });
    for (const name of ["pointermove", "wheel", "touchmove", "keydown", "focusin"]) {
      element.addEventListener(name, busy, { passive: true });
    }
    addEventListener("scroll", busy, { passive: true });
  }

  /** Do this once nobody is at work; of several things that wait, the last. */
  whenFree(act) {
    this.#waiting = act;
    this.#tryNow();
  }

  /** Let what waits be. */
  forget() {
    this.#waiting = null;
    clearTimeout(this.#timer);
  }

  #tryNow() {
    clearTimeout(this.#timer);
    const wait = this.#pressed ? STAYS_BUSY_MS : this.#busyUntil - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => this.#tryNow(), wait);
      return;
    }
    const act = this.#waiting;
    this.#waiting = null;
    act?.();
  }
}
