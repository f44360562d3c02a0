// <live-region src="…">: a server-sent `patch` carries elements, `done` ends it.
import { elements, patch } from './patch.js';

class LiveRegion extends HTMLElement {
  /** @type {EventSource | undefined} */
  #source;
  #done = false;

  connectedCallback() {
    document.addEventListener('visibilitychange', this.#follow);
    addEventListener('pagehide', this.#stop);
    this.#follow();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.#follow);
    removeEventListener('pagehide', this.#stop);
    this.#stop();
  }

  #stop = () => {
    this.#source?.close();
    this.#source = undefined;
  };

  /** A hidden page holds no connection: browsers allow six to one server. */
  #follow = () => {
    const url = this.getAttribute('src');
    if (document.hidden) return this.#stop();
    if (!url || this.#done || this.#source) return;
    this.#source = new EventSource(url);
    this.#source.addEventListener('patch', (event) => patch(elements(event.data)));
    this.#source.addEventListener('done', () => {
      this.#done = true;
      this.#stop();
    });
  };
}

customElements.define('live-region', LiveRegion);
