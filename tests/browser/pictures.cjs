// Pictures for the documents: what a person sees who has worked with Modeldex for a while.
// Usage: node pictures.cjs URL FOLDER
const fs = require('node:fs');
const { launch, views } = require('./check.cjs');

const [url, folder] = process.argv.slice(2);

/** Pictures are read in a browser too: larger ones are not worth their wait. */
const BYTES_MAX = 300_000;

/** @typedef {import('playwright-core').Page} Page */

/**
 * Name, path, and what is done before the picture is taken.
 * @type {[string, string, { view?: 'desktop' | 'phone', dark?: boolean, before?: (page: Page) => Promise<unknown> }][]}
 */
const PICTURES = [
  ['catalog', '/', {}],
  ['catalog-dark', '/?q=encoder&license_family=permissive&not_task=translation', { dark: true }],
  ['search', '/', { before: suggest }],
  ['nothing', '/?q=roberta&task=translation', {}],
  ['collections', '/collections', {}],
  ['catalog-phone', '/', { view: 'phone' }],
  ['filters-phone', '/', { view: 'phone', before: (page) => page.getByRole('button', { name: 'Filters' }).click() }],
];

/** @param {Page} page */
async function suggest(page) {
  await page.locator('#q').pressSequentially('bert', { delay: 30 });
  await page.getByRole('listbox').waitFor();
  await page.waitForURL(/q=bert/);
  await page.keyboard.press('ArrowDown');
}

/** Marks some models and keeps some searches, as people do. */
async function liveIn() {
  const post = (path, fields) => fetch(url + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  for (const model of ['curated/bert-base-uncased', 'curated/roberta-base']) {
    await post('/saved/favorites', { add: model, back: '/' });
  }
  await post('/saved/searches', { name: 'Small encoders', query: 'task=fill-mask&size=100m-500m', back: '/' });
  await post('/saved/searches', { name: 'Chat that fits', query: 'task=chat-completion&fits=yes', back: '/' });
}

async function jobs() {
  const list = (await (await fetch(`${url}/api/v1/jobs`)).json()).jobs;
  const taught = list.find((job) => job.kind === 'finetune');
  return taught ? [['job', `/jobs/${taught.id}`, {}], ['model', `/models/${taught.result.model.split('@')[0]}`, {}]] : [];
}

async function main() {
  await liveIn();
  const browser = await launch();
  try {
    for (const [name, path, { view = 'desktop', dark = false, before }] of [...PICTURES, ...await jobs()]) {
      const colorScheme = dark ? 'dark' : 'light';
      const context = await browser.newContext({ viewport: views[view], colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(url + path);
      await before?.(page);
      const file = `${folder}/${name}.png`;
      await page.screenshot({ path: file });
      const { size } = fs.statSync(file);
      if (size > BYTES_MAX) throw new Error(`${file} has ${size} bytes`);
      console.log(`${file}: ${Math.round(size / 1000)} kB`);
      await context.close();
    }
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error.stack ?? error);
  process.exit(1);
});
