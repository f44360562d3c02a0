// The pages in Chromium. Usage: node pages.cjs URL [PICTURES_DIR]
const { check, launch, passed, views } = require('./check.cjs');
const comparing = require('./compare.cjs');
const finding = require('./finding.cjs');
const keeping = require('./keeping.cjs');
const looks = require('./looks.cjs');
const modelPage = require('./model.cjs');
const stories = require('./stories.cjs');

const [url, pictures] = process.argv.slice(2);

async function main() {
  const api = async (path) => (await fetch(`${url}/api/v1${path}`)).json();
  const { jobs } = await api('/jobs');
  const finetune = jobs.find((job) => job.kind === 'finetune');
  const batch = jobs.find((job) => job.kind === 'batch');
  const model = finetune.result.model.split('@')[0];
  const browser = await launch();
  try {
    await comparing.publish(url);
    await looks.everyPage({ browser, url, pictures }, {
      catalog: '/',
      filtered: '/?q=bert&task=fill-mask&not_license=MIT&sort=downloads',
      filter: '/filters/publisher?q=bert',
      refused: '/?q=task:fil-mask',
      collections: '/collections',
      collection: '/collections/curated',
      saved: '/saved',
      model: `/models/${model}`,
      listing: '/models/curated/bert-base-uncased',
      jobs: '/jobs',
      job: `/jobs/${finetune.id}`,
      batch: `/jobs/${batch.id}`,
      endpoints: '/endpoints',
      compare: '/compare?model=curated/bert-base-uncased&model=curated/roberta-base',
      leaderboard: '/leaderboard',
      results: '/compare?model=curated/Llama-2-7b&model=curated/microsoft-phi-2',
      import: '/import',
      nothing: '/?q=zzzzqqq',
      missing: '/models/curated/not-there',
    });
    for (const javaScriptEnabled of [true, false]) {
      const story = { browser, url, javaScriptEnabled };
      await stories.catalog(story);
      await finding.counts(story);
      await finding.longFilter(story);
      await finding.nothing(story);
      await keeping.favorite(story);
      await keeping.search(story);
      await keeping.seen(story);
      await keeping.collections(story);
      await modelPage.fit(story, model);
      await modelPage.lineage(story, model);
      await modelPage.versions(story, model);
      await modelPage.license(story);
      await stories.tryIt(story, model);
      await stories.refusal(story, model);
      await stories.endpoint(story);
      await stories.teach(story, 'workspace/desk-starter');
    }
    await finding.grid({ browser, url });
    await finding.typing({ browser, url });
    await finding.suggestions({ browser, url });
    await finding.trouble({ browser, url });
    await finding.waiting({ browser, url });
    await comparing.charts({ browser, url }, [
      '/leaderboard',
      '/compare?model=curated/Llama-2-7b&model=curated/Llama-2-70b&model=curated/microsoft-phi-2',
    ]);
    for (const javaScriptEnabled of [true, false]) {
      await comparing.leaderboard({ browser, url, javaScriptEnabled });
      await comparing.compare({ browser, url, javaScriptEnabled });
    }
    await stories.keyboard({ browser, url });
    await stories.theme({ browser, url });
    await stories.phone({ browser, url });
    await modelPage.phone({ browser, url }, model);
    await stories.compare({ browser, url });
    const page = await browser.newPage({ viewport: views.desktop });
    await page.goto(`${url}/jobs/${finetune.id}`);
    const box = await page.locator('#job-charts svg .line').first().boundingBox();
    check('the loss is drawn', box && box.width > 200 && box.height > 20);
  } finally {
    await browser.close();
  }
  console.log(`browser: ${passed()} passed, 0 failed`);
}

main().catch((error) => {
  console.error(error.stack ?? error);
  process.exit(1);
});
