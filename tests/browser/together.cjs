// Catalogs that work together in one server: asset folders, a whole hub, and the workspace.
// Usage: node together.cjs URL LISTED, with the collections `azure` and `hub`, and LISTED models in
// the latter.
const { check, launch, open, passed } = require('./check.cjs');
const { total, totalIs } = require('./finding.cjs');

const [url, listed] = process.argv.slice(2);
/** What a page of the API has at most. */
const PAGE = 1_000;

const api = async (path) => (await fetch(`${url}/api/v1${path}`)).json();
const search = (query) => api(`/models?${query}`);
const fold = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Reads every listing, page by page. */
async function everything() {
  const models = [];
  for (let next = ''; next !== null;) {
    const page = await search(`limit=${PAGE}${next && `&cursor=${encodeURIComponent(next)}`}`);
    models.push(...page.models);
    next = page.next ?? null;
  }
  return models;
}

const SIZES = [[100e6, '0-100m'], [500e6, '100m-500m'], [1e9, '500m-1b'], [3e9, '1b-3b'],
  [8e9, '3b-8b'], [30e9, '8b-30b'], [100e9, '30b-100b'], [Infinity, '100b-']];

/** What a model has in each filter, read off its listing; `language` is not in it. */
const VALUES = {
  task: (model) => model.tasks,
  license: (model) => [model.license],
  license_family: (model) => [model.license_family],
  finetuning_task: (model) => model.finetuning_tasks,
  deployment: (model) => model.deployment,
  size: ({ parameters }) => (parameters == null ? [] : [SIZES.find(([above]) => parameters < above)[1]]),
  fits: ({ fits }) => (fits == null ? [] : [fits ? 'yes' : 'no']),
  collection: (model) => [model.collection],
  publisher: ({ publisher }) => (publisher == null ? [] : [fold(publisher)]),
  library: ({ library }) => (library == null ? [] : [library.toLowerCase()]),
  status: (model) => ['featured', 'preview', 'deprecated', 'gated'].filter((mark) => model[mark])
    .concat(model.version == null ? [] : ['here']),
};

const has = (model, filter, wanted) => VALUES[filter](model).some((value) => wanted.includes(value));

/** Compares every count of a search with one made by looking at each model. */
async function counts(models, filters) {
  const query = Object.entries(filters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const page = await search(`limit=0&${query}`);
  const passes = (model, but) => Object.entries(filters)
    .every(([name, value]) => name === but || has(model, name, [value]));
  const found = models.filter((model) => passes(model)).length;
  check(`as many as there are, of ${query}: ${page.total}, ${found}`, page.total === found);
  for (const { name, values } of page.facets.filter((facet) => VALUES[facet.name])) {
    const counted = new Map();
    for (const model of models.filter((one) => passes(one, name))) {
      for (const value of new Set(VALUES[name](model))) counted.set(value, (counted.get(value) ?? 0) + 1);
    }
    const key = (value) => (name === 'publisher' ? fold(value) : value);
    const wrong = values.filter((one) => one.count !== (counted.get(key(one.value)) ?? 0));
    check(`${name} of ${query}: ${JSON.stringify(wrong)}`, wrong.length === 0);
    const [most] = [...counted.values()].sort((a, b) => b - a);
    check(`${name} of ${query}: the most frequent is among them`, (most ?? 0) === Math.max(0, ...values.map((one) => one.count)));
  }
  const languages = page.facets.find((facet) => facet.name === 'language').values.slice(0, 5);
  for (const { value, count } of languages) {
    const alone = await search(`limit=0&${query}&language=${value}`);
    check(`language ${value} of ${query}`, alone.total === count);
  }
}

/** The page shows the counts of the API. */
async function shown(page, query) {
  await page.goto(`${url}/?${query}`);
  const told = await search(`${query}&limit=0`);
  check(`the total of ${query}`, (await total(page)) === told.total);
  const rows = await page.locator('#filter-list .filter-value').evaluateAll((all) => all.map((row) => {
    const box = /** @type {HTMLInputElement} */ (row.querySelector('input'));
    return { name: box.name, value: box.value, count: row.querySelector('b')?.textContent };
  }));
  check(`there are filters for ${query}`, rows.length > 10);
  for (const { name, value, count } of rows) {
    const facet = told.facets.find((one) => one.name === name);
    const promised = facet.values.find((one) => one.value === value)?.count ?? 0;
    check(`${name}=${value} of ${query}`, Number(count.replace(/,/g, '')) === promised);
  }
}

/** Types a name, filters by its collection, and opens the card. */
async function opens(page, model) {
  await page.goto(url);
  await page.locator('#q').pressSequentially(model.name, { delay: 10 });
  await page.waitForURL((address) => address.searchParams.get('q') === model.name);
  await totalIs(page, (await search(new URLSearchParams({ q: model.name, limit: '0' }))).total);
  const group = page.locator('#filter-collection');
  await group.evaluate((details) => details.setAttribute('open', ''));
  await group.locator(`input[name="collection"][value="${model.collection}"]`).check();
  await page.waitForURL((address) => address.searchParams.get('collection') === model.collection);
  const query = new URLSearchParams({ q: model.name, collection: model.collection });
  await totalIs(page, (await search(query)).total);
  await page.locator('#catalog article h2 a').first().click();
  await page.waitForURL((address) => address.pathname === `/models/${model.model}`);
  const heading = await page.getByRole('heading', { level: 1 }).innerText();
  check(`the card of ${model.model}`, heading === model.display_name);
  const reference = await page.locator('.card-head .reference').innerText();
  check(`its name: ${reference}`, reference.startsWith(model.model));
}

/** Waits until the index has noticed what was listed last. */
async function noticed() {
  const until = Date.now() + 30_000;
  while ((await search('collection=hub&limit=0')).total !== Number(listed) && Date.now() < until);
}

async function main() {
  await noticed();
  const models = await everything();
  const names = new Set(models.map((one) => one.model));
  check(`each is listed once: ${models.length}`, names.size === models.length);
  const of = (name) => models.filter((model) => model.collection === name);
  check('the whole hub is listed', of('hub').length === Number(listed));
  check('and all assets', of('azure').length === 126);
  await counts(models, {});
  await counts(models, { collection: 'hub', task: 'fill-mask' });
  await counts(models, { license: 'MIT', size: '0-100m' });
  await counts(models, { collection: 'azure', license_family: 'permissive' });
  const browser = await launch();
  try {
    const { page, close } = await open({ browser });
    for (const query of ['', 'collection=azure', 'q=model-123&collection=hub', 'task=fill-mask&fits=yes']) {
      await shown(page, query);
    }
    for (const name of ['azure', 'hub', 'workspace']) await opens(page, of(name)[of(name).length >> 1]);
    await close();
  } finally {
    await browser.close();
  }
  console.log(`together: ${models.length} models, ${passed()} passed, 0 failed`);
}

main().catch((error) => {
  console.error(error.stack ?? error);
  process.exit(1);
});
