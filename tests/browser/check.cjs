// Counting of what holds, and what all tests of pages share.

const { chromium } = require('playwright-core');

let count = 0;

/** @param {string} what @param {unknown} truth */
function check(what, truth) {
  if (!truth) throw new Error(`failed: ${what}`);
  count += 1;
}

const passed = () => count;

const views = {
  desktop: { width: 1360, height: 900 },
  phone: { width: 390, height: 844 },
};

/** Starts a Chromium that asks nobody but the server. */
const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/**
 * Opens a page that fails the test when a script fails or the content policy blocks something.
 * @param {{browser: import('playwright-core').Browser, javaScriptEnabled?: boolean, lost?: boolean}} story
 *     `lost` where the test itself takes the server away
 * @param {object} [options]
 */
async function open(story, options = {}) {
  const { browser, javaScriptEnabled = true, lost = false } = story;
  const context = await browser.newContext({ viewport: views.desktop, javaScriptEnabled, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // An answer that refuses is logged by the browser too: it is what the test asked for.
    const expected = /the server responded with a status/.test(message.text())
      || (lost && /net::ERR_FAILED/.test(message.text()));
    if (message.type() === 'error' && !expected) problems.push(message.text());
  });
  const close = async () => {
    await context.close();
    check(`no script failed, nothing was blocked: ${problems.join('; ')}`, problems.length === 0);
  };
  return { page, close };
}

module.exports = { check, passed, views, launch, open };
