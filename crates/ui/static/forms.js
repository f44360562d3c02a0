// <live-form> answers in place; <upload-form> shows how much was sent and offers the columns of a file.
import { elements, patch, patchFrom } from './patch.js';

class LiveForm extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector('form');
    form?.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send(form, event.submitter);
    });
    form?.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
  }

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement | null} button
   */
  async #send(form, button) {
    const fields = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
    button?.setAttribute('disabled', '');
    this.setAttribute('aria-busy', 'true');
    try {
      const body = new URLSearchParams(fields);
      await patchFrom(form.action, [this.id], { method: 'POST', body });
      document.getElementById(this.id)?.querySelector('textarea')?.focus({ preventScroll: true });
    } catch {
      form.submit();
    } finally {
      button?.removeAttribute('disabled');
      this.removeAttribute('aria-busy');
    }
  }
}

class UploadForm extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector('form');
    if (!form) return;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send(form);
    });
    const file = /** @type {HTMLInputElement | null} */ (form.querySelector('input[name="data"]'));
    file?.addEventListener('change', () => this.#offerColumns(form, file.files?.[0]));
  }

  /** @param {HTMLFormElement} form */
  #send(form) {
    const button = form.querySelector('button[type="submit"]');
    const bar = document.createElement('progress');
    bar.setAttribute('aria-label', 'Sent');
    form.append(bar);
    button?.setAttribute('disabled', '');
    const request = new XMLHttpRequest();
    request.open('POST', form.action);
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.max = total;
      bar.value = loaded;
    });
    request.addEventListener('load', () => {
      const moved = request.responseURL && request.responseURL !== form.action;
      if (moved) return location.assign(request.responseURL);
      patch(elements(request.responseText).filter((part) => part.id === 'main'));
    });
    request.addEventListener('error', () => {
      bar.remove();
      button?.removeAttribute('disabled');
      form.submit();
    });
    request.send(new FormData(form));
  }

  /**
   * Reads the names of the columns, to choose from.
   * @param {HTMLFormElement} form
   * @param {File | undefined} file
   */
  async #offerColumns(form, file) {
    const columns = file ? await columnsOf(file) : [];
    const list = document.createElement('datalist');
    list.id = `columns-${form.action.split('/').pop()}`;
    list.append(...columns.map((name) => Object.assign(document.createElement('option'), { value: name })));
    document.getElementById(list.id)?.remove();
    form.append(list);
    for (const field of form.querySelectorAll('input[name^="map."]')) {
      field.setAttribute('list', list.id);
      const input = /** @type {HTMLInputElement} */ (field);
      const usual = input.placeholder;
      const [text, label] = columns;
      const guess = columns.length === 2 ? (input.name === 'map.text' ? text : label) : undefined;
      if (!input.value && !columns.includes(usual) && guess) input.value = guess;
    }
  }
}

/**
 * @param {File} file
 * @returns {Promise<string[]>} what the first line names
 */
async function columnsOf(file) {
  const line = (await file.slice(0, 65536).text()).replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0];
  if (/\.(csv|tsv)$/i.test(file.name)) {
    const mark = /\.tsv$/i.test(file.name) ? '\t' : ',';
    return line.split(mark).map((name) => name.trim().replace(/^"|"$/g, ''));
  }
  try {
    return Object.keys(JSON.parse(line));
  } catch {
    return [];
  }
}

customElements.define('live-form', LiveForm);
customElements.define('upload-form', UploadForm);
