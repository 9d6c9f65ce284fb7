// A person in a real Chromium: opens the address given as {url, shots} on standard input, chooses
// Grace, presses Allow and prints the text of the page that this ends on, and what went wrong.
import { chromium } from 'playwright-core';
import { text } from 'node:stream/consumers';

const { url, shots, button } = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
const complaints = [];
const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
page.on('pageerror', (error) => complaints.push(String(error)));
await page.goto(url);
const title = await page.title();
for (const scheme of shots ? ['light', 'dark'] : []) {
  await page.emulateMedia({ colorScheme: scheme });
  await page.screenshot({ path: `${shots}-${scheme}.png` });
}
await page.getByLabel('Grace').check();
await page.getByRole('button', { name: button }).click();
await page.waitForURL((address) => address.pathname !== '/consent');
const ending = await page.locator('body').innerText();
if (shots) await page.screenshot({ path: `${shots}-ending.png` });
await browser.close();
process.stdout.write(`${JSON.stringify({ title, ending, complaints })}\n`);
