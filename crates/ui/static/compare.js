// <compare-bar>: remembers picked models while one browses.

/** The server compares six at most. */
const PICKED_MAX = 6;

class CompareBar extends HTMLElement {
  /** @type {Set<string>} */
  #picked = new Set();

  connectedCallback() {
    this.#picked = new Set(JSON.parse(sessionStorage.getItem('compare') ?? '[]'));
    document.addEventListener('change', this.#change);
    document.addEventListener('catalog-shown', this.#show);
    this.#show();
  }

  disconnectedCallback() {
    document.removeEventListener('change', this.#change);
    document.removeEventListener('catalog-shown', this.#show);
  }

  /** @param {Event} event */
  #change = (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.getAttribute('form') !== 'compare') return;
    if (box.checked && this.#picked.size < PICKED_MAX) this.#picked.add(box.value);
    else this.#picked.delete(box.value);
    this.#show();
  };

  #show = () => {
    const picked = [...this.#picked];
    sessionStorage.setItem('compare', JSON.stringify(picked));
    /** @type {Set<string>} */
    const visible = new Set();
    for (const box of document.querySelectorAll('input[form="compare"][type="checkbox"]')) {
      const { value } = /** @type {HTMLInputElement} */ (box);
      /** @type {HTMLInputElement} */ (box).checked = this.#picked.has(value);
      visible.add(value);
    }
    const form = this.querySelector('form');
    const list = this.querySelector('.compare-list');
    if (!form || !list) return;
    form.classList.toggle('filled', picked.length > 0);
    list.replaceChildren(...picked.map((model) => this.#chip(model)));
    form.querySelectorAll('input[type="hidden"]').forEach((field) => field.remove());
    for (const model of picked.filter((one) => !visible.has(one))) {
      const field = Object.assign(document.createElement('input'), { type: 'hidden', name: 'model', value: model });
      form.append(field);
    }
    const button = form.querySelector('button[type="submit"]');
    button?.toggleAttribute('disabled', picked.length < 2);
  };

  /** @param {string} model */
  #chip(model) {
    const chip = document.createElement('button');
    chip.type = 'button';
    chip.className = 'chip removable';
    chip.textContent = `${model.split('/').pop()} ×`;
    chip.setAttribute('aria-label', `Compare without ${model}`);
    chip.addEventListener('click', () => {
      this.#picked.delete(model);
      this.#show();
    });
    return chip;
  }
}

customElements.define('compare-bar', CompareBar);
