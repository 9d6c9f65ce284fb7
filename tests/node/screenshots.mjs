// Visits pages with a real Chromium. Reads [{url, scheme, file}] from the arguments and prints, for
// each, what a person would see and what the browser complained about.
import { chromium } from 'playwright-core';

const [executablePath, jobs] = [process.argv[2], JSON.parse(process.argv[3])];
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const seen = [];
for (const { url, scheme, file, width = 900, height = 640 } of jobs) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height } });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  const response = await page.goto(url, { waitUntil: 'load', timeout: 15000 });
  await page.screenshot({ path: file });
  seen.push({
    status: response.status(),
    heading: await page.locator('h1').innerText(),
    text: await page.locator('main').innerText(),
    background: await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
    overflows: await page.evaluate(() => document.documentElement.scrollWidth > innerWidth),
    complaints,
    requests,
  });
  await context.close();
}
await browser.close();
process.stdout.write(JSON.stringify(seen));
