// Comparing in Chromium: what stands on charts does not overlap and stays inside, at any width,
// and a person adds, takes away and ranks models with scripts and without.
const { check, open } = require('./check.cjs');

/** From a small phone to a wide desktop. */
const WIDTHS = [320, 390, 768, 1024, 1360, 1800];
/** Boxes of text that touch by less than this do not cover a letter. */
const TOUCH = 1.5;

const RESULTS = ['model,dataset,task,accuracy_metric_name,m:accuracy,p:n_shot'];
const MODELS = [
  ['Llama-2-7b', 0.77], ['Llama-2-13b', 0.82], ['Llama-2-70b', 0.85], ['microsoft-phi-2', 0.83],
  ['Phi-3-mini-4k-instruct', 0.78], ['Phi-3-medium-4k-instruct', 0.86], ['Phi-3-small-8k-instruct', 0.84],
  ['mistralai-Mistral-7B-v01', 0.83], ['mistralai-Mixtral-8x7B-v01', 0.86], ['gpt2', 0.48],
  ['a-name-that-no-collection-lists-and-that-is-far-too-long-for-a-phone', 0.9],
];
for (const [model, value] of MODELS) {
  RESULTS.push(`${model},boolq,question-answering,exact_match,${value},5`);
  RESULTS.push(`${model},gsm8k,question-answering,exact_match,${(Number(value) - 0.3).toFixed(3)},8`);
}

/** Publishes made-up results, as a program does. */
async function publish(url) {
  const file = await fetch(`${url}/api/v1/files/browser.csv`, { method: 'PUT', body: RESULTS.join('\n') });
  const { digest, name } = await file.json();
  const added = await fetch(`${url}/api/v1/catalog/results`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: { digest, name }, publisher: 'acme' }),
  });
  const { results, skipped } = await added.json();
  check(`all rows are results: ${results}`, results === RESULTS.length - 1 && skipped === 0);
}

/** Returns what overlaps or sticks out among the texts of every chart. */
function crowded(touch) {
  const found = [];
  for (const plot of document.querySelectorAll('svg.plot')) {
    const frame = plot.getBoundingClientRect();
    const shown = [...plot.querySelectorAll('text')].filter((one) => getComputedStyle(one).display !== 'none');
    const boxes = shown.map((one) => ({ text: one.textContent, box: one.getBoundingClientRect() }));
    boxes.forEach(({ text, box }, at) => {
      if (box.left < frame.left - touch || box.right > frame.right + touch) found.push(`${text} sticks out`);
      for (const other of boxes.slice(0, at)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // Ascents and descents make a box higher than its letters.
        if (across > touch && down > 4) found.push(`${text} on ${other.text}`);
      }
    });
  }
  return found;
}

async function charts({ browser, url }, paths) {
  const context = await browser.newContext();
  const page = await context.newPage();
  for (const path of paths) {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(url + path);
      check(`${path} draws something`, (await page.locator('svg.plot').count()) > 0);
      const found = await page.evaluate(crowded, TOUCH);
      check(`${path} at ${width}: ${found.slice(0, 5).join('; ')}`, found.length === 0);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      check(`${path} at ${width} is ${wide} pixels too wide`, wide <= 0);
    }
  }
  await context.close();
}

async function leaderboard(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/leaderboard`);
  await page.getByRole('navigation', { name: 'Data' }).getByRole('link', { name: /^gsm8k/ }).click();
  await page.waitForURL(/data=gsm8k/);
  const first = () => page.locator('.ranking tbody tr').first().innerText();
  check('the best comes first', (await first()).includes('no-collection-lists'));
  await page.getByRole('link', { name: 'Parameters', exact: true }).click();
  await page.waitForURL(/sort=parameters/);
  check('the smallest comes first', /gpt-?2/i.test(await first()));
  check('the order is told', (await page.locator('th[aria-sort="ascending"]').innerText()).startsWith('Parameters'));
  await page.locator('.ranking input[type="checkbox"]').nth(0).check();
  await page.locator('.ranking input[type="checkbox"]').nth(1).check();
  await page.getByRole('button', { name: 'Compare the marked models' }).click();
  await page.waitForURL(/\/compare\?model=/);
  check('both are columns', (await page.locator('.compare thead th').count()) === 2);
  await close();
}

async function compare(story) {
  const { page, close } = await open(story);
  await page.goto(`${story.url}/compare?model=curated/Llama-2-7b&model=curated/Llama-2-13b`);
  const columns = page.locator('.compare thead th');
  const bars = await page.locator('svg.plot rect.bar').count();
  check(`two models on two data sets are four bars: ${bars}`, bars === 4);
  await page.locator('#add').fill('phi-2');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.locator('.add-offer', { hasText: 'microsoft-phi-2' }).first().click();
  await page.waitForURL(/phi-2/);
  check('the third is a column', (await columns.count()) === 3);
  const rows = await page.locator('.compare tbody tr:visible').count();
  await page.getByLabel('Only what differs').check();
  const different = await page.locator('.compare tbody tr:visible').count();
  check(`rows that are the same go away: ${rows}, ${different}`, different < rows && different > 3);
  await page.locator('.column-remove').first().click();
  await page.waitForURL((to) => !to.search.includes('Llama-2-7b'));
  check('the first is taken away', (await columns.count()) === 2);
  await close();
}

module.exports = { publish, charts, leaderboard, compare };
