// The one convention for parts that change: an element that arrives replaces the one with its id.

/**
 * Replaces elements of the page by those with the same id, keeping focus, open details and scroll.
 * @param {Iterable<Element>} arrived
 */
export function patch(arrived) {
  for (const fresh of arrived) {
    const stale = fresh.id ? document.getElementById(fresh.id) : null;
    if (!stale || (stale.outerHTML === fresh.outerHTML && !isTouched(stale))) continue;
    keepOpen(stale, fresh);
    const focused = stale.contains(document.activeElement) ? sameAs(document.activeElement) : '';
    const scrolled = [...stale.querySelectorAll('pre')].map((one) => one.scrollTop + one.clientHeight >= one.scrollHeight - 4 ? Infinity : one.scrollTop);
    stale.replaceWith(fresh);
    fresh.querySelectorAll('pre').forEach((one, at) => {
      one.scrollTop = Math.min(scrolled[at] ?? 0, one.scrollHeight);
    });
    if (focused) {
      const next = /** @type {HTMLElement | null} */ (document.querySelector(focused));
      next?.focus({ preventScroll: true });
    }
  }
}

/**
 * Parses HTML into the elements that it has at its top.
 * @param {string} html
 * @returns {Element[]}
 */
export function elements(html) {
  return [...new DOMParser().parseFromString(html, 'text/html').body.children];
}

/**
 * Fetches a page and patches the named parts of it.
 * @param {string} url
 * @param {string[]} ids
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function patchFrom(url, ids, options) {
  const response = await fetch(url, options);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const parts = ids.map((id) => page.getElementById(id)).filter((part) => part !== null);
  if (!parts.length) {
    const told = page.querySelector('.notice-page .lead')?.textContent;
    throw new Error(told ?? `The server answered ${response.status}.`);
  }
  patch(parts);
  return response;
}

/**
 * Returns a selector that finds an element again after its part was replaced.
 * @param {Element | null} one
 */
function sameAs(one) {
  if (one?.id) return `#${CSS.escape(one.id)}`;
  const named = ['name', 'value', 'href', 'data-find', 'data-more'].filter((name) => one?.hasAttribute(name));
  const marks = named.map((name) => `[${name}="${CSS.escape(one?.getAttribute(name) ?? '')}"]`);
  return one && marks.length ? one.localName + marks.join('') : '';
}

/**
 * Tells whether a person has ticked what the server does not know of yet: markup does not show it.
 * @param {Element} part
 */
function isTouched(part) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (part.querySelectorAll('input[type="checkbox"]'));
  return [...boxes].some((box) => box.checked !== box.defaultChecked);
}

/**
 * What a person has opened stays open, and what was closed stays closed.
 * @param {Element} stale
 * @param {Element} fresh
 */
function keepOpen(stale, fresh) {
  for (const details of stale.querySelectorAll('details[id]')) {
    const open = /** @type {HTMLDetailsElement} */ (details).open;
    fresh.querySelector(`#${CSS.escape(details.id)}`)?.toggleAttribute('open', open);
  }
}
