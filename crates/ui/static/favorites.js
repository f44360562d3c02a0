// Stars: a click marks or unmarks a model without leaving the page.
export {};

document.addEventListener('click', async (event) => {
  const star = /** @type {Element} */ (event.target).closest('button.star');
  if (!(star instanceof HTMLButtonElement) || !star.form) return;
  event.preventDefault();
  const body = new URLSearchParams([[star.name, star.value]]);
  try {
    // The answer sends forms back to their page, which is shown already.
    const { type, ok } = await fetch(star.form.action, { method: 'POST', body, redirect: 'manual' });
    if (type !== 'opaqueredirect' && !ok) throw new Error('refused');
    show(star.value, star.name === 'add');
  } catch {
    star.form.requestSubmit(star);
  }
});

/**
 * @param {string} model
 * @param {boolean} marked
 */
function show(model, marked) {
  for (const star of document.querySelectorAll('button.star')) {
    if (!(star instanceof HTMLButtonElement) || star.value !== model) continue;
    star.name = marked ? 'remove' : 'add';
    star.setAttribute('aria-pressed', String(marked));
  }
}
