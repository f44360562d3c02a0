// Favorites, saved searches, what was seen last, and collections.
const { check, open } = require('./check.cjs');
const { cards, total, totalIs } = require('./finding.cjs');

async function favorite(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/?task=fill-mask`);
  const name = await cards(page).first().locator('h2').innerText();
  const star = page.getByRole('button', { name: `Favorite ${name}`, exact: true });
  check('it is no favorite yet', (await star.getAttribute('aria-pressed')) === 'false');
  const grey = await star.evaluate((one) => getComputedStyle(one).color);
  await star.click();
  const marked = page.locator('button.star[aria-pressed="true"]');
  await marked.first().waitFor();
  check('the page is still that of the search', page.url().includes('task=fill-mask'));
  check('the star shines', (await marked.first().evaluate((one) => getComputedStyle(one).color)) !== grey);
  await page.goto(`${story.url}/saved`);
  const kept = page.locator('article.tile', { hasText: name });
  check('it is on the page of what is saved', await kept.isVisible());
  await page.goto(story.url);
  check('and at hand at the start', await page.locator('.shelf', { hasText: 'Favorites' }).getByText(name).isVisible());
  await page.goto(`${story.url}/saved`);
  await page.getByRole('button', { name: `Favorite ${name}`, exact: true }).click();
  await page.waitForFunction(() => !document.querySelector('button.star[aria-pressed="true"]'));
  check('a second click takes it back', true);
  await close();
}

async function search(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/?q=roberta&task=fill-mask`);
  const found = await total(page);
  await page.getByText('Save this search').click();
  const name = story.javaScriptEnabled ? 'Robertas' : 'Robertas, plain';
  await page.getByLabel('Name of the search').fill(name);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(`Saved as ${name}`).waitFor();
  await page.goto(story.url);
  await page.locator('.shelf').getByRole('link', { name }).first().click();
  await totalIs(page, found);
  check('a saved search finds the same again', page.url().includes('q=roberta'));
  await page.goto(`${story.url}/saved`);
  await page.getByRole('button', { name: `Forget the search ${name}`, exact: true }).click();
  await page.waitForFunction((kept) => !document.querySelector('.searches')?.textContent?.includes(kept), name);
  check('it is forgotten', true);
  await close();
}

async function seen(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/models/curated/roberta-base`);
  const title = await page.getByRole('heading', { level: 1 }).innerText();
  await page.goto(story.url);
  const shelf = page.locator('.shelf', { hasText: 'Recently seen' });
  check('what was seen last comes first', (await shelf.locator('.mini strong').first().innerText()) === title);
  await close();
}

async function collections(story) {
  const { page, close } = await open(story);
  await page.goto(story.url);
  await page.getByRole('link', { name: 'Collections', exact: true }).click();
  const card = page.locator('article.collection', { hasText: 'Curated' }).first();
  const place = await card.boundingBox();
  check('a collection has a card', place && place.width > 250 && place.height > 80);
  const models = parseInt((await card.locator('.models').innerText()).replace(/\D/g, ''), 10);
  await card.getByRole('link', { name: /^Browse/ }).click();
  await page.waitForURL(/collection=curated/);
  check('browsing shows its models', (await total(page)) === models);
  await page.goBack();
  await card.getByRole('heading').getByRole('link').click();
  await page.waitForURL(/\/collections\/curated/);
  const row = page.getByRole('row', { name: /Fine-tune/ });
  check('what can be done has its number', /all|none|\d/.test(await row.innerText()));
  await close();
}

module.exports = { favorite, search, seen, collections };
