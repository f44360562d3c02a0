// The page of one model: what fits, where it came from, what changed, what its license says.
const { check, open, views } = require('./check.cjs');

/** Works out a machine with the form, and looks at the bars. */
async function fit(story, model) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/models/${model}`);
  const panel = page.locator('#fit');
  const before = await panel.locator('.fit-answer').innerText();
  check(`this machine is told: ${before}`, /this machine/.test(before));
  await panel.getByLabel('Memory in GiB').fill('0.01');
  await panel.getByLabel('Streams at once').fill('64');
  await panel.getByRole('button', { name: 'Work it out' }).click();
  await page.waitForURL(/memory_gib=0\.01/);
  const after = await panel.locator('.fit-answer').innerText();
  check(`another machine is told: ${after}`, /a machine with 10\.7 MB/.test(after));
  const rows = panel.locator('.fit-row');
  check('running it and teaching it have their rows', (await rows.count()) === 6);
  const widths = [];
  for (const bar of await panel.locator('.fit-use').first().locator('rect.p-weights').all()) {
    widths.push((await bar.boundingBox()).width);
  }
  const sorted = [...widths].sort((a, b) => b - a);
  check(`fewer bits are shorter bars: ${widths}`, widths.length === 4 && widths.join() === sorted.join());
  const sum = panel.locator('.fit-sum[open]').first();
  check('the sum of the published weights is open', await sum.isVisible());
  const other = panel.locator('.fit-row', { hasText: '16 bits' });
  if (!(await other.locator('.fit-sum').evaluate((one) => one.open))) await other.locator('summary').click();
  check('a sum is told in words', /× 2 bytes = /.test(await other.innerText()));
  check('what does not fit says so', /does not fit/.test(await panel.innerText()));
  await close();
}

/** Follows the picture from a model to what it was made from. */
async function lineage(story, model) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/models/${model}`);
  const panel = page.locator('#lineage');
  const nodes = panel.locator('a.lineage-node');
  check('the picture has a parent and a child', (await nodes.count()) >= 2);
  const own = await panel.locator('a.lineage-node.root').boundingBox();
  const parent = panel.locator('a.lineage-node:not(.root)').first();
  const box = await parent.boundingBox();
  check('a box has a size', box.width > 150 && box.height > 40);
  check('the parent is to the left', box.x + box.width < own.x);
  check('the data is named', /taught on .+\.csv/.test(await panel.innerText()));
  await parent.click();
  await page.waitForURL((url) => decodeURIComponent(url.pathname).split('@')[0] !== `/models/${model}`);
  check('a box leads to its model', await page.locator('main h1').isVisible());
  await close();
}

/** Compares two versions with the form. */
async function versions(story, model) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/models/${model}`);
  const panel = page.locator('#versions');
  const form = panel.locator('.diff-form');
  if ((await form.count()) > 0) {
    await form.getByRole('button', { name: 'What changed' }).click();
    await page.waitForURL(/from=\d+&to=\d+/);
    check('what changed is told', /Version \d+ to version \d+/.test(await panel.innerText()));
  }
  await close();
}

/** The license stands beside the import, and before it. */
async function license(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/models/curated/bert-base-uncased`);
  const row = page.locator('#act-import');
  const box = row.locator('.license-box');
  check('the license is in the open form', await box.isVisible());
  check('it says what it means', /You may use/.test(await box.innerText()));
  const button = await row.getByRole('button', { name: 'Import' }).boundingBox();
  const text = await box.boundingBox();
  check('and is read before the button', text.y + text.height <= button.y);
  await close();
}

/** Nothing of the page is wider than a phone, and its parts are reached by their anchors. */
async function phone({ browser, url }, model) {
  const { page, close } = await open({ browser }, { viewport: views.phone });
  await page.goto(`${url}/models/${model}#fit`);
  const fits = await page.locator('#fit').boundingBox();
  check('the anchor leads there', fits.y < views.phone.height);
  check('the panel is as wide as the phone', fits.width <= views.phone.width);
  await close();
}

module.exports = { fit, license, lineage, phone, versions };
