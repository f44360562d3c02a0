// <model-catalog>: filters and search apply while one types; the address always tells the query.
import { patchFrom } from './patch.js';

/** Faster typists would only fetch what they no longer want. */
const PAUSE_MS = 120;
/** Waiting shorter than this is not noticed: showing it would only flicker. */
const WAIT_MS = 150;
const PARTS = ['start', 'filter-list', 'catalog'];

class ModelCatalog extends HTMLElement {
  /** @type {AbortController | undefined} */
  #asking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  /** Words that are being typed share one entry of the history. */
  #typing = false;
  #left = new AbortController();

  connectedCallback() {
    const { signal } = this.#left;
    const form = /** @type {HTMLFormElement | null} */ (document.getElementById('search'));
    if (!form) return;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      document.getElementById('filters')?.hidePopover?.();
      this.#commit(address(form));
    }, { signal });
    form.addEventListener('input', () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#type(address(form)), PAUSE_MS);
    }, { signal });
    this.addEventListener('change', (event) => {
      const field = /** @type {HTMLInputElement} */ (event.target);
      if (field.form !== form) return;
      clearOpposite(form, field);
      this.#commit(address(form));
    }, { signal });
    this.addEventListener('click', (event) => this.#click(event), { signal });
    addEventListener('popstate', () => {
      this.#typing = false;
      fill(location.href);
      this.#fetch(location.href);
    }, { signal });
  }

  disconnectedCallback() {
    this.#left.abort();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.closest('[data-retry]')) {
      this.#fetch(location.href);
      return;
    }
    const link = target.closest('a[data-query]');
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    if (!(link instanceof HTMLAnchorElement) || !plain) return;
    event.preventDefault();
    fill(link.href);
    this.#commit(link.href).then(() => {
      if (link.rel) scrollTo({ top: 0 });
    });
  }

  /** @param {string} url */
  #type(url) {
    if (this.#typing) history.replaceState(null, '', url);
    else history.pushState(null, '', url);
    this.#typing = true;
    return this.#fetch(url);
  }

  /** @param {string} url */
  #commit(url) {
    clearTimeout(this.#pause);
    this.#typing = false;
    if (new URL(url, location.href).href !== location.href) history.pushState(null, '', url);
    return this.#fetch(url);
  }

  /** @param {string} url */
  async #fetch(url) {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const waiting = setTimeout(() => wait(true), WAIT_MS);
    try {
      await patchFrom(url, PARTS, { signal: asking.signal });
      say();
      document.dispatchEvent(new Event('catalog-shown'));
    } catch (error) {
      if (!asking.signal.aborted) complain(/** @type {Error} */ (error));
    } finally {
      clearTimeout(waiting);
      if (this.#asking === asking) wait(false);
    }
  }
}

/** @param {boolean} on */
function wait(on) {
  const results = document.getElementById('catalog');
  results?.classList.toggle('loading', on);
  results?.setAttribute('aria-busy', String(on));
}

/** Tells screen readers how many there are. */
function say() {
  const said = document.getElementById('said');
  if (said) said.textContent = document.querySelector('#catalog .total')?.textContent ?? '';
}

/**
 * Says above what was found before that there is nothing new.
 * @param {Error} error
 */
function complain(error) {
  const results = document.getElementById('catalog');
  if (!results) return;
  results.querySelector('.trouble')?.remove();
  const trouble = document.createElement('div');
  trouble.className = 'alert trouble';
  trouble.setAttribute('role', 'alert');
  const text = document.createElement('p');
  const unreached = error instanceof TypeError;
  text.textContent = unreached ? 'The server cannot be reached. These are the models from before.' : error.message;
  const again = document.createElement('button');
  again.type = 'button';
  again.dataset.retry = '';
  again.textContent = 'Try again';
  trouble.append(text, again);
  results.prepend(trouble);
}

/**
 * Asking for a value and leaving it out at once finds nothing.
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} field
 */
function clearOpposite(form, field) {
  if (field.type !== 'checkbox' || !field.checked) return;
  const name = field.name.startsWith('not_') ? field.name.slice(4) : `not_${field.name}`;
  for (const other of form.elements) {
    if (other instanceof HTMLInputElement && other.name === name && other.value === field.value) other.checked = false;
  }
}

/**
 * Puts the words of an address into the search box.
 * @param {string} url
 */
function fill(url) {
  const query = /** @type {HTMLInputElement | null} */ (document.getElementById('q'));
  if (query) query.value = new URL(url).searchParams.get('q') ?? '';
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
