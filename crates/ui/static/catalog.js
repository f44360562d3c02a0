// <model-catalog>: filters and search apply while one types; the address always tells the query.
import { patchFrom } from './patch.js';

/** Faster typists would only fetch what they no longer want. */
const PAUSE_MS = 120;
const PARTS = ['filter-list', 'catalog'];

class ModelCatalog extends HTMLElement {
  /** @type {AbortController | undefined} */
  #asking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #left = new AbortController();

  connectedCallback() {
    const { signal } = this.#left;
    const form = /** @type {HTMLFormElement | null} */ (document.getElementById('search'));
    if (!form) return;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      document.getElementById('filters')?.hidePopover?.();
      this.#show(address(form), true);
    }, { signal });
    form.addEventListener('input', () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#show(address(form), false), PAUSE_MS);
    }, { signal });
    this.addEventListener('change', (event) => {
      const field = /** @type {HTMLInputElement} */ (event.target);
      if (field.form === form) this.#show(address(form), true);
    }, { signal });
    this.addEventListener('click', (event) => this.#click(event), { signal });
    addEventListener('popstate', () => {
      const query = /** @type {HTMLInputElement} */ (form.elements.namedItem('q'));
      query.value = new URLSearchParams(location.search).get('q') ?? '';
      this.#fetch(location.href);
    }, { signal });
  }

  disconnectedCallback() {
    this.#left.abort();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const link = /** @type {Element} */ (event.target).closest('a[data-query]');
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    if (!(link instanceof HTMLAnchorElement) || !plain) return;
    event.preventDefault();
    const query = /** @type {HTMLInputElement | null} */ (document.getElementById('q'));
    if (query) query.value = new URL(link.href).searchParams.get('q') ?? '';
    this.#show(link.href, true).then(() => scrollTo({ top: 0 }));
  }

  /**
   * @param {string} url
   * @param {boolean} remember whether "back" returns to what was shown before
   */
  async #show(url, remember) {
    clearTimeout(this.#pause);
    if (remember) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    await this.#fetch(url);
  }

  /** @param {string} url */
  async #fetch(url) {
    this.#asking?.abort();
    this.#asking = new AbortController();
    try {
      await patchFrom(url, PARTS, { signal: this.#asking.signal });
      document.dispatchEvent(new Event('catalog-shown'));
    } catch (error) {
      if (/** @type {Error} */ (error).name !== 'AbortError') location.assign(url);
    }
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {string} the path of the catalog with what the form says
 */
function address(form) {
  const filled = [...new FormData(form)].filter(([, value]) => value !== '');
  const query = new URLSearchParams(filled.map(([name, value]) => [name, String(value)]));
  return query.size ? `/?${query}` : '/';
}

customElements.define('model-catalog', ModelCatalog);
