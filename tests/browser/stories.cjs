// What a person does, with scripts and without: what is seen counts, as boxes and text.
const { check, open, views } = require('./check.cjs');

/** A model that has to be loaded first answers within this. */
const ANSWER_MS = 60_000;
/** A small model learns two labels within this. */
const TAUGHT_MS = 120_000;

/** @param {import('playwright-core').Page} page */
const cards = (page) => page.locator('#catalog article');

/** Waits until the number of cards is one that is wanted. */
async function countOf(page, wanted) {
  await page.waitForFunction(
    ([least, most]) => {
      const count = document.querySelectorAll('#catalog article').length;
      return count >= least && count <= most;
    },
    wanted,
  );
  return cards(page).count();
}

async function submit(form, page) {
  await form.locator('button[type="submit"]').first().click();
  await page.waitForLoadState();
}

async function catalog(story) {
  const { page, close } = await open(story);
  await page.goto(story.url);
  const before = await cards(page).count();
  check('the catalog shows models', before > 10);
  const total = page.locator('#catalog .total');
  const all = await total.innerText();
  await page.locator('input[name="task"][value="fill-mask"]').first().check();
  if (story.javaScriptEnabled) await page.waitForURL(/task=fill-mask/);
  else await page.locator('form button[type="submit"]:visible').first().click();
  if (story.javaScriptEnabled) await countOf(page, [1, before - 1]);
  const after = await cards(page).count();
  check(`the filter narrows ${before} to ${after}`, after > 0 && after < before);
  const shown = await total.innerText();
  check(`the total follows: ${all}, ${shown}`, parseInt(shown, 10) < parseInt(all, 10));
  for (const text of await cards(page).allInnerTexts()) {
    check(`a card does what was asked for: ${text}`, /Fill mask|\+\d/.test(text));
  }
  const first = await cards(page).first().boundingBox();
  check('a card has a size', first && first.width > 150 && first.height > 60);
  await page.getByRole('link', { name: 'Remove the filter Task Fill mask' }).click();
  if (story.javaScriptEnabled) await countOf(page, [before, before]);
  check('without the filter all are back', (await cards(page).count()) === before);
  if (story.javaScriptEnabled) await searching(page, before);
  await close();
}

/** @param {import('playwright-core').Page} page */
async function searching(page, before) {
  await page.locator('#q').fill('roberta');
  await page.waitForURL(/q=roberta/);
  const found = await countOf(page, [1, before - 1]);
  check('the search shows what it found', found > 0);
  check('the field keeps its focus', await page.locator('#q').evaluate((q) => q === document.activeElement));
  await page.locator('#q').fill('zzzzqqq');
  await page.getByText('No model matches').waitFor();
  await page.locator('#q').fill('');
  await countOf(page, [before, before]);
  await page.locator('input[name="license_family"]').first().check();
  await page.waitForURL(/license_family=/);
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes('license'));
  await countOf(page, [before, before]);
  await page.waitForFunction(() => !document.querySelector('#filter-list input:checked'));
  check('back takes the filter away', true);
}

async function tryIt(story, model) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/models/${model}`);
  const form = page.locator('form[action$="/try"]').first();
  await form.locator('textarea').first().fill('my card is gone');
  await form.locator('button[type="submit"]').first().click();
  const best = page.locator('.ranked li').first();
  await best.waitFor({ timeout: ANSWER_MS });
  check('the best label comes first', (await best.innerText()).includes('lost_card'));
  const bar = await best.locator('.fill').boundingBox();
  check('its probability is drawn', bar && bar.width > 20);
  check('what was typed is still there', (await page.locator('#try-input').inputValue()) === 'my card is gone');
  await close();
}

async function refusal(story, model) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/models/${model}`);
  const row = page.locator('details.verb-row', { has: page.locator('form[action$="/deploy"]') });
  await row.locator('summary').first().click();
  await row.getByLabel('Endpoint').fill('not a name!');
  await row.getByLabel('Worker processes').fill('1');
  await submit(row, page);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  check('a refusal names what was wrong', (await alert.innerText()).includes('not a name!'));
  const again = page.locator('details.verb-row[open]', { has: page.locator('form[action$="/deploy"]') });
  check('the form is open', await again.isVisible());
  check('and keeps what was typed', (await again.getByLabel('Endpoint').inputValue()) === 'not a name!');
  await close();
}

async function endpoint(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/endpoints`);
  const block = page.locator('section.endpoint#desk');
  check('its worker is ready', (await block.locator('.state').first().innerText()) === 'ready');
  await block.getByLabel('Input').fill('my card is gone');
  await block.getByRole('button', { name: 'Ask' }).click();
  const answer = page.locator('section.endpoint#desk').getByText('lost_card').first();
  await answer.waitFor({ timeout: ANSWER_MS });
  check('the endpoint answers on its page', await answer.isVisible());
  await close();
}

/** Forty sentences of two kinds. */
function trainingData() {
  const rows = ['text,label'];
  for (let at = 0; at < 20; at += 1) {
    rows.push(`my card is lost for ${at} days,lost_card`, `please change pin number ${at},change_pin`);
  }
  return { name: 'two-kinds.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) };
}

/** Teaches a model through its card, and watches the job. */
async function teach(story, base) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/models/${base}`);
  const row = page.locator('details.verb-row', { has: page.locator('form[action$="/finetune"]') });
  await row.locator('summary').first().click();
  await row.getByLabel('Training data').setInputFiles(trainingData());
  await row.getByLabel('Name of the new model').fill(story.javaScriptEnabled ? 'two-live' : 'two-plain');
  await row.getByText('Hyper-parameters').click();
  await row.getByRole('spinbutton', { name: /^Epochs/ }).fill('3');
  await row.getByRole('button', { name: 'Start training' }).click();
  await page.waitForURL(/\/jobs\/[^/]+$/);
  const state = page.locator('#job-head .state');
  if (story.javaScriptEnabled) {
    await page.evaluate(() => (globalThis.sameDocument = true));
    await state.getByText('succeeded').waitFor({ timeout: TAUGHT_MS });
    check('the page was not loaded again', await page.evaluate(() => globalThis.sameDocument === true));
  } else {
    const until = Date.now() + TAUGHT_MS;
    while ((await state.innerText()) !== 'succeeded' && Date.now() < until) await page.reload();
  }
  check('the job succeeded', (await state.innerText()) === 'succeeded');
  const line = await page.locator('#job-charts svg .line').first().boundingBox();
  check('the loss is drawn', line && line.width > 100 && line.height > 5);
  await page.locator('#job-head .result a').first().click();
  await page.getByRole('heading', { level: 1 }).getByText(/two-(live|plain)/).waitFor();
  check('the new model has its card', true);
  await close();
}

async function keyboard(story) {
  const { page, close } = await open(story);
  await page.goto(story.url);
  await page.keyboard.press('Tab');
  const skip = page.getByText('Skip to the content');
  const seen = await skip.boundingBox();
  check('the first tab shows the way past the header', seen && seen.x >= 0 && seen.y >= 0);
  await page.keyboard.press('Enter');
  await page.keyboard.press('/');
  const focused = () => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.getAttribute('type'));
  check('the slash focuses the search', (await focused()) === 'search');
  const names = await page.locator('#catalog article h2').allInnerTexts();
  await page.keyboard.press('ArrowDown');
  check('the arrow goes to the first model', (await focused()) === names[0]);
  await page.keyboard.press('ArrowRight');
  check('and to the next', (await focused()) === names[1]);
  await page.keyboard.press('ArrowDown');
  const below = await focused();
  check('and a row down', below !== names[1] && names.includes(below));
  const ring = await page.locator('article:has(h2 a:focus)').evaluate((tile) => getComputedStyle(tile).outlineStyle);
  check('the focus can be seen', ring === 'solid');
  await page.keyboard.press('c');
  check('c picks it for comparing', await page.getByLabel(`Compare ${below}`, { exact: true }).isChecked());
  await page.keyboard.press('c');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  const told = await dialog.boundingBox();
  check('the question mark tells the keys', told && told.height > 200 && (await dialog.innerText()).includes('comparing'));
  await page.keyboard.press('Escape');
  check('Escape closes them, and the focus is back', !(await dialog.isVisible()) && (await focused()) === below);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/models\//);
  check('Enter opens the card', (await page.getByRole('heading', { level: 1 }).innerText()) === below);
  await close();
}

async function theme(story) {
  const { page, close } = await open(story, { colorScheme: 'light' });
  await page.goto(story.url);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: 'Switch between light and dark' }).click();
  const dark = await ground();
  check('the theme changes', light !== dark);
  await page.goto(`${story.url}/jobs`);
  check('and is remembered', (await ground()) === dark);
  await close();
}

async function phone(story) {
  const { page, close } = await open(story, { viewport: views.phone, hasTouch: true });
  await page.goto(story.url);
  const before = await cards(page).count();
  const filter = page.locator('input[name="task"][value="fill-mask"]').first();
  check('filters are out of the way', !(await filter.isVisible()));
  await page.getByRole('button', { name: 'Filters' }).click();
  await filter.check();
  await page.waitForURL(/task=fill-mask/);
  await page.getByRole('button', { name: 'Show models' }).click();
  const after = await countOf(page, [1, before - 1]);
  check('the filter holds', after < before && !(await filter.isVisible()));
  const box = await cards(page).first().boundingBox();
  check('a card is as wide as the phone', box && box.width > 330 && box.x >= 0);
  await close();
}

async function compare(story) {
  const { page, close } = await open(story);
  await page.goto(story.url);
  const bar = page.locator('.compare-bar');
  check('the bar waits out of sight', !(await bar.isVisible()));
  const names = await page.locator('#catalog article h2').allInnerTexts();
  await page.getByLabel(`Compare ${names[0]}`, { exact: true }).check();
  await page.getByLabel(`Compare ${names[1]}`, { exact: true }).check();
  await bar.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.waitForURL(/\/compare\?/);
  const heads = await page.locator('.compare thead th').allInnerTexts();
  check(`both are columns: ${heads}`, heads.length === 2 && heads.every((text, at) => text.includes(names[at])));
  await close();
}

module.exports = { catalog, tryIt, refusal, endpoint, teach, keyboard, theme, phone, compare };
