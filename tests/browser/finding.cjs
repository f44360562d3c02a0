// Finding a model: typing, filters, the way back, what is left out, what is kept at hand.
const { check, open, views } = require('./check.cjs');

/** @param {import('playwright-core').Page} page */
const cards = (page) => page.locator('#catalog article.tile');
/** @param {import('playwright-core').Page} page */
const total = async (page) => parseInt((await page.locator('#catalog .total').innerText()).replace(/,/g, ''), 10);

/** Waits until the number of models is one that is wanted. */
async function totalIs(page, wanted) {
  await page.waitForFunction(
    (count) => parseInt((document.querySelector('#catalog .total')?.textContent ?? '').replace(/,/g, ''), 10) === count,
    wanted,
  );
}

/** One filter value: its box, its count, and the mark that leaves it out. */
function value(page, filter, name) {
  const row = page.locator(`#values-${filter} .filter-value`, { has: page.locator(`input[value="${name}"]`) }).first();
  return {
    box: row.locator(`input[name="${filter}"]`),
    not: row.locator(`input[name="not_${filter}"]`),
    count: async () => parseInt((await row.locator('b').innerText()).replace(/,/g, ''), 10),
  };
}

async function apply(story, page) {
  if (!story.javaScriptEnabled) await page.getByRole('button', { name: 'Apply filters' }).click();
}

/** Counts are promises: choosing a value shows as many models as stood beside it. */
async function counts(story) {
  const { page, close } = await open(story);
  await page.goto(story.url);
  const all = await total(page);
  const mask = value(page, 'task', 'fill-mask');
  const promised = await mask.count();
  await mask.box.check();
  await apply(story, page);
  await totalIs(page, promised);
  check('as many as promised', promised > 0 && promised < all);
  const permissive = value(page, 'license_family', 'permissive');
  const within = await permissive.count();
  await permissive.not.check({ force: true });
  await apply(story, page);
  await totalIs(page, promised - within);
  check('leaving out takes away what has it', new URL(page.url()).searchParams.get('not_license_family') === 'permissive');
  const chip = page.getByRole('link', { name: 'Remove the filter License family not Permissive' });
  check('what is left out is a chip', (await chip.innerText()).includes('not Permissive'));
  await chip.click();
  await totalIs(page, promised);
  await page.getByRole('link', { name: 'Clear all' }).click();
  await totalIs(page, all);
  check('without filters all are back', (await cards(page).count()) === Math.min(all, 24));
  await close();
}

/** Every tile shows its words and none covers another. */
async function grid(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/?sort=downloads`);
  const boxes = await cards(page).evaluateAll((tiles) => tiles.map((tile) => {
    const { x, y, width, height } = tile.getBoundingClientRect();
    return { x, y, width, height, text: /** @type {HTMLElement} */ (tile).innerText };
  }));
  check('there is a page of tiles', boxes.length > 10);
  const columns = new Set(boxes.map((box) => Math.round(box.x)));
  check(`the grid has columns: ${[...columns]}`, columns.size === 3);
  const widths = new Set(boxes.map((box) => Math.round(box.width)));
  check(`tiles are equally wide: ${[...widths]}`, widths.size === 1);
  for (const row of new Set(boxes.map((box) => Math.round(box.y)))) {
    const heights = new Set(boxes.filter((box) => Math.round(box.y) === row).map((box) => Math.round(box.height)));
    check('tiles of a row are equally high', heights.size === 1);
  }
  check('each says something', boxes.every((box) => box.text.split('\n').length >= 4));
  await close();
}

async function typing(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/?task=fill-mask`);
  const before = await total(page);
  await page.locator('#q').pressSequentially('roberta', { delay: 30 });
  await page.waitForURL(/q=roberta/);
  await page.waitForFunction((count) => !document.querySelector('#catalog .total')?.textContent?.startsWith(`${count} `), before);
  const found = await total(page);
  check(`words narrow ${before} to ${found}`, found > 0 && found < before);
  check('the filter is kept', page.url().includes('task=fill-mask'));
  await page.locator('#q').press('Escape');
  await page.locator('#q').press('Enter');
  check('what was typed stays', (await page.locator('#q').inputValue()) === 'roberta');
  await value(page, 'license', 'MIT').box.evaluate((box) => box.closest('details')?.setAttribute('open', ''));
  await value(page, 'license', 'MIT').box.check();
  await page.waitForURL(/license=MIT/);
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes('license'));
  await totalIs(page, found);
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes('roberta'));
  await totalIs(page, before);
  check('one step back undoes all that was typed', (await page.locator('#q').inputValue()) === '');
  await close();
}

/** Suggestions are a list that the arrows walk through. */
async function suggestions(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/jobs`);
  const box = page.getByRole('combobox', { name: 'Search models' });
  await page.keyboard.press('/');
  await page.keyboard.type('bert', { delay: 30 });
  const list = page.getByRole('listbox', { name: 'Models' });
  await list.waitFor();
  const place = await list.boundingBox();
  const field = await box.boundingBox();
  check('the list hangs below the box', place && field && place.y >= field.y + field.height && place.height > 40);
  check('the box says that it is open', (await box.getAttribute('aria-expanded')) === 'true');
  const options = list.getByRole('option');
  const first = await options.first().locator('strong').innerText();
  await page.keyboard.press('ArrowDown');
  check('the arrow marks the first', (await options.first().getAttribute('aria-selected')) === 'true');
  check('the box names it', (await box.getAttribute('aria-activedescendant')) === (await options.first().getAttribute('id')));
  await page.keyboard.press('ArrowUp');
  check('and back to the box', (await box.getAttribute('aria-activedescendant')) === null);
  await page.keyboard.press('Escape');
  check('Escape closes the list', !(await list.isVisible()) && (await box.inputValue()) === 'bert');
  await page.keyboard.type('-', { delay: 30 });
  await list.waitFor();
  await page.keyboard.press('ArrowDown');
  const chosen = await list.locator('[aria-selected="true"] strong').innerText();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/models\//);
  const title = await page.getByRole('heading', { level: 1 }).innerText();
  check(`Enter opens ${chosen} (${first} came first): ${title}`, title === chosen);
  await close();
}

/** A server that is gone leaves what was found, and a way to try again. */
async function trouble(story) {
  const { page, close } = await open({ ...story, lost: true });
  await page.goto(story.url);
  const before = await cards(page).count();
  await page.route('**/*', (route) => (route.request().url().includes('q=') ? route.abort() : route.continue()));
  await page.locator('#q').fill('roberta');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  check('what was there is still there', (await cards(page).count()) === before);
  check('the alert says why', (await alert.innerText()).includes('cannot be reached'));
  await page.unroute('**/*');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await page.waitForFunction((count) => document.querySelectorAll('#catalog article').length < count, before);
  check('the second try works', !(await alert.isVisible()));
  await close();
}

/** Waiting shows as empty tiles, but only where it lasts. */
async function waiting(story) {
  const { page, close } = await open(story);
  await page.goto(story.url);
  /** @type {() => void} */
  let answer = () => {};
  const asked = new Promise((resolve) => (answer = () => resolve(undefined)));
  await page.route('**/*', async (route) => {
    if (route.request().url().includes('/?q=rob')) await asked;
    await route.continue();
  });
  await page.locator('#q').fill('roberta');
  await page.waitForSelector('#catalog.loading');
  const hidden = await cards(page).first().locator('h2').evaluate((head) => getComputedStyle(head).visibility);
  check('the old names are out of sight', hidden === 'hidden');
  answer();
  await page.waitForFunction(() => !document.querySelector('#catalog.loading'));
  check('and the new ones in sight', await cards(page).first().locator('h2').isVisible());
  await close();
}

/** A long filter is searched by the names of its values, and all of them are one step away. */
async function longFilter(story) {
  const { page, close } = await open(story);
  await page.goto(story.url);
  const group = page.locator('#filter-publisher');
  await group.locator('summary').click();
  const few = await group.locator('.filter-value').count();
  await group.getByRole('link', { name: /Show more/ }).click();
  if (!story.javaScriptEnabled) await page.getByRole('heading', { level: 1, name: 'Publisher' }).waitFor();
  const list = page.locator('#values-publisher');
  await page.waitForFunction((count) => document.querySelectorAll('#values-publisher .filter-value').length > count, few);
  const box = story.javaScriptEnabled ? group.getByLabel('Find in Publisher') : page.getByLabel('Find in Publisher');
  await box.fill('goo');
  if (!story.javaScriptEnabled) await page.getByRole('button', { name: 'Find' }).click();
  await page.waitForFunction(() => document.querySelectorAll('#values-publisher .filter-value').length === 1);
  check('only what has it in its name is left', (await list.innerText()).startsWith('Google'));
  // Named: the answer to the check brings the other values back before it can be looked at.
  await list.locator('input[name="publisher"][value="Google"]').check();
  if (!story.javaScriptEnabled) await page.getByRole('button', { name: 'Show models' }).last().click();
  await page.waitForURL(/publisher=Google/);
  check('its models are found', (await total(page)) > 0);
  await close();
}

/** Nothing is a dead end: what is offered finds something. */
async function nothing(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/?q=roberta&task=translation`);
  await page.getByRole('heading', { name: 'No model matches' }).waitFor();
  const offers = page.locator('.offers li');
  check('there are offers', (await offers.count()) > 2);
  const place = await offers.first().boundingBox();
  check('an offer can be seen and hit', place && place.height >= 40 && place.width > 200);
  const dropping = offers.filter({ hasText: /ithout the filter/ }).first();
  const promised = parseInt((await dropping.innerText()).match(/, ([\d,]+) model/)?.[1] ?? '0', 10);
  await dropping.locator('a').click();
  await totalIs(page, promised);
  check('without the filter something is found', promised > 0);
  await page.goto(`${story.url}/?q=zzzzqqq`);
  const bringing = page.locator('.offers a[href^="/import"]').first();
  check('it can be brought here', (await bringing.innerText()).includes('Import'));
  await page.goto(`${story.url}/?q=task:fil-mask`);
  const alert = page.getByRole('alert');
  check('a word that makes no sense is explained', (await alert.innerText()).includes('fill-mask'));
  await close();
}

module.exports = {
  counts, grid, typing, suggestions, trouble, waiting, longFilter, nothing, cards, total, totalIs, views,
};
