// Keys: "/" searches, arrows walk through the models, Escape goes back to the search.

/** @returns {HTMLElement[]} the links of the models, in order */
function models() {
  return [...document.querySelectorAll('#catalog article h2 a')].map((one) => /** @type {HTMLElement} */ (one));
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

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.getElementById('q');
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.key === '/' && !typing(target)) {
    event.preventDefault();
    search?.focus();
    return;
  }
  if (!event.key.startsWith('Arrow')) {
    if (event.key === 'Escape' && models().includes(target)) search?.focus();
    return;
  }
  const first = target === search && event.key === 'ArrowDown' ? models()[0] : undefined;
  const known = models().includes(target);
  const next = first ?? (known ? neighbor(target, event.key) : undefined);
  if (next) next.focus();
  else if (known && event.key === 'ArrowUp') search?.focus();
  if (next || known) event.preventDefault();
});
