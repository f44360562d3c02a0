// Keys: "/" searches, arrows walk through the models, Escape goes back to the search, "f" and "c"
// mark the model, "?" tells all of this.
export {};

/** @returns {HTMLElement[]} the links of the models, in order */
function models() {
  return [...document.querySelectorAll('article.tile h2 a')].map((one) => /** @type {HTMLElement} */ (one));
}

/**
 * @param {HTMLElement} from
 * @param {string} key
 * @returns {HTMLElement | undefined} the nearest model in the direction of the key
 */
function neighbor(from, key) {
  const all = models();
  const at = all.indexOf(from);
  if (key === 'ArrowRight') return all[at + 1];
  if (key === 'ArrowLeft') return all[at - 1];
  const here = box(from);
  const down = key === 'ArrowDown' ? 1 : -1;
  const ahead = all.filter((one) => (box(one).top - here.top) * down > 4);
  const far = (/** @type {HTMLElement} */ one) =>
    Math.abs(box(one).top - here.top) * 4 + Math.abs(box(one).left - here.left);
  return ahead.sort((a, b) => far(a) - far(b))[0];
}

/** @param {HTMLElement} link */
function box(link) {
  return (link.closest('article') ?? link).getBoundingClientRect();
}

/** @param {EventTarget | null} target */
function typing(target) {
  return target instanceof HTMLElement
    && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** @type {Record<string, string>} */
const MARKS = { f: '.star', c: '.pick input' };

/**
 * Obeys a key that is no arrow.
 * @param {KeyboardEvent} event
 * @param {HTMLElement} target
 * @returns {boolean} whether there was something to do
 */
function obey(event, target) {
  if (event.key === '/' && !typing(target)) document.getElementById('q')?.focus();
  else if (event.key === '?' && !typing(target)) tell();
  else if (event.key === 'Escape' && models().includes(target)) document.getElementById('q')?.focus();
  else if (event.key in MARKS && models().includes(target)) {
    /** @type {HTMLElement | null} */ (target.closest('article')?.querySelector(MARKS[event.key]) ?? null)?.click();
  } else return false;
  return true;
}

function tell() {
  const dialog = document.getElementById('keys');
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  const search = document.getElementById('q');
  const target = /** @type {HTMLElement} */ (event.target);
  if (!event.key.startsWith('Arrow')) {
    if (obey(event, target)) event.preventDefault();
    return;
  }
  const first = target === search && event.key === 'ArrowDown' ? models()[0] : undefined;
  const known = models().includes(target);
  const next = first ?? (known ? neighbor(target, event.key) : undefined);
  if (next) next.focus();
  else if (known && event.key === 'ArrowUp') search?.focus();
  if (next || known) event.preventDefault();
});

document.querySelector('[data-keys]')?.addEventListener('click', tell);
