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
    const focused = stale.contains(document.activeElement) ? document.activeElement?.id : '';
    const scrolled = [...stale.querySelectorAll('pre')].map((one) => one.scrollTop + one.clientHeight >= one.scrollHeight - 4 ? Infinity : one.scrollTop);
    stale.replaceWith(fresh);
    fresh.querySelectorAll('pre').forEach((one, at) => {
      one.scrollTop = Math.min(scrolled[at] ?? 0, one.scrollHeight);
    });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
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
  const parts = ids.map((id) => page.getElementById(id));
  patch(parts.filter((part) => part !== null));
  return response;
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
 * What a person has opened stays open.
 * @param {Element} stale
 * @param {Element} fresh
 */
function keepOpen(stale, fresh) {
  for (const details of stale.querySelectorAll('details[open][id]')) {
    fresh.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute('open', '');
  }
}
