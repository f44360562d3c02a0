// Suggestions below the search box: models whose names begin with what one types.
export {};

/** Shorter than the pause before the models follow: a list of names costs the server little. */
const PAUSE_MS = 60;
const LIMIT = 8;

/** @typedef {{ model: string, display_name: string, tasks: string[], downloads: number }} Suggested */

/** @param {HTMLInputElement} box */
function suggest(box) {
  const list = document.createElement('ul');
  list.id = 'suggestions';
  list.className = 'suggestions';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Models');
  box.after(list);
  box.setAttribute('role', 'combobox');
  box.setAttribute('aria-autocomplete', 'list');
  box.setAttribute('aria-controls', list.id);
  box.setAttribute('aria-expanded', 'false');

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  /** @type {AbortController | undefined} */
  let asking;
  let active = -1;

  const close = () => {
    clearTimeout(pause);
    asking?.abort();
    list.hidden = true;
    box.setAttribute('aria-expanded', 'false');
    mark(-1);
  };

  /** @param {number} at */
  const mark = (at) => {
    active = at;
    [...list.children].forEach((option, each) => option.setAttribute('aria-selected', String(each === at)));
    const option = list.children[at];
    if (option) box.setAttribute('aria-activedescendant', option.id);
    else box.removeAttribute('aria-activedescendant');
    option?.scrollIntoView({ block: 'nearest' });
  };

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const query = new URLSearchParams({ q: box.value.trim(), limit: String(LIMIT) });
      const response = await fetch(`/api/v1/suggest?${query}`, { signal });
      const found = /** @type {Suggested[]} */ (response.ok ? await response.json() : []);
      if (signal.aborted || document.activeElement !== box) return;
      list.replaceChildren(...found.map(option));
      list.hidden = found.length === 0;
      box.setAttribute('aria-expanded', String(found.length > 0));
      mark(-1);
    } catch {
      // Without suggestions the search still works.
    }
  };

  box.addEventListener('input', () => {
    clearTimeout(pause);
    if (box.value.trim()) pause = setTimeout(ask, PAUSE_MS);
    else close();
  });
  box.addEventListener('blur', close);
  box.form?.addEventListener('submit', close);
  box.addEventListener('keydown', (event) => {
    if (list.hidden || event.isComposing) return;
    const count = list.children.length;
    const places = count + 1;
    if (event.key === 'ArrowDown') mark(((active + 2) % places) - 1);
    else if (event.key === 'ArrowUp') mark(((active + places) % places) - 1);
    else if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && active >= 0) open(list.children[active]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  // The box keeps its focus, so that the list is there until the click.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => open(/** @type {Element} */ (event.target).closest('li')));
}

/** @param {Element | null} option */
function open(option) {
  if (option instanceof HTMLElement) location.assign(`/models/${option.dataset.model}`);
}

/**
 * @param {Suggested} one
 * @param {number} at
 */
function option(one, at) {
  const line = document.createElement('li');
  line.id = `suggested-${at}`;
  line.setAttribute('role', 'option');
  line.dataset.model = one.model.split('/').map(encodeURIComponent).join('/');
  const name = Object.assign(document.createElement('strong'), { textContent: one.display_name });
  const about = [one.model, one.tasks[0]].filter(Boolean).join(' · ');
  line.append(name, Object.assign(document.createElement('small'), { textContent: about }));
  if (one.downloads > 0) {
    const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
    const downloads = { className: 'downloads', textContent: compact.format(one.downloads) };
    line.append(Object.assign(document.createElement('span'), downloads));
  }
  return line;
}

const box = document.getElementById('q');
if (box instanceof HTMLInputElement) suggest(box);
