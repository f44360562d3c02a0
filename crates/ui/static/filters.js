// More values of a filter than stand beside the models: all of them, or those that one types.
import { patchFrom } from './patch.js';

const PAUSE_MS = 120;

/** What is shown of a filter instead of its first values: the typed beginning, or '' for all. */
/** @type {Map<string, string>} */
const shown = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;

/** @param {string} filter */
async function show(filter) {
  const prefix = shown.get(filter);
  const query = new URLSearchParams(location.search);
  for (const name of ['cursor', 'offset']) query.delete(name);
  if (prefix) query.set('prefix', prefix);
  const url = prefix === undefined ? location.href : `/filters/${filter}?${query}`;
  const group = document.getElementById(`filter-${filter}`);
  group?.setAttribute('aria-busy', 'true');
  try {
    await patchFrom(url, [`values-${filter}`]);
  } catch {
    // The first values stay; the link leads to a page of its own.
  } finally {
    group?.removeAttribute('aria-busy');
  }
}

document.addEventListener('input', (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const filter = field.dataset?.find;
  if (!filter) return;
  if (field.value) shown.set(filter, field.value);
  else shown.delete(filter);
  clearTimeout(pause);
  pause = setTimeout(() => show(filter), PAUSE_MS);
});

document.addEventListener('click', (event) => {
  const link = /** @type {Element} */ (event.target).closest('a[data-more]');
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const filter = link.dataset.more ?? '';
  shown.set(filter, '');
  show(filter).then(() => {
    /** @type {HTMLElement | null} */ (document.querySelector(`#values-${filter} .filter-value:nth-of-type(6) input`))?.focus();
  });
});

// New counts came with the first values only.
document.addEventListener('catalog-shown', () => {
  for (const [filter, prefix] of shown) {
    const field = /** @type {HTMLInputElement | null} */ (document.querySelector(`input[data-find="${filter}"]`));
    if (field) field.value = prefix;
    show(filter);
  }
});
