// Every page in both themes, on a desktop and on a phone: axe finds nothing, nothing is too wide.
const fs = require('node:fs');
const { check, views } = require('./check.cjs');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** The text of a card is its author's, whose headings may leave out a level. */
const RULES = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
  rules: { 'heading-order': { enabled: false } },
};

async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(rules), RULES);
  const list = violations.map((one) => {
    const nodes = one.nodes.map((node) => `${node.target} (${node.any[0]?.message ?? ''})`);
    return `${one.id}: ${nodes.slice(0, 4).join(' | ')}`;
  });
  check(`${what}: ${list.join('; ')}`, list.length === 0);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(`${what} is ${wide} pixels too wide`, wide <= 0);
}

/** Folded parts are looked at too: axe passes over what is not shown. */
async function unfold(page) {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) {
      details.removeAttribute('name');
      details.open = true;
    }
  });
}

/**
 * @param {{browser: import('playwright-core').Browser, url: string, pictures?: string}} where
 * @param {Record<string, string>} paths
 */
async function everyPage({ browser, url, pictures }, paths) {
  for (const [view, viewport] of Object.entries(views)) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      // axe itself is a script that the content policy would block.
      const context = await browser.newContext({ viewport, colorScheme, bypassCSP: true });
      const page = await context.newPage();
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(url + path, { waitUntil: 'load' });
        const main = await page.locator('main').boundingBox();
        check(`${name} shows something`, main && main.height > 100);
        if (pictures) await page.screenshot({ path: `${pictures}/${name}${suffix(view, colorScheme)}.png` });
        await accessible(page, `${name}, ${view}, ${colorScheme}`);
        await unfold(page);
        await accessible(page, `${name} unfolded, ${view}, ${colorScheme}`);
      }
      await context.close();
    }
  }
}

function suffix(view, colorScheme) {
  return (view === 'phone' ? '-phone' : '') + (colorScheme === 'dark' ? '-dark' : '');
}

module.exports = { everyPage };
