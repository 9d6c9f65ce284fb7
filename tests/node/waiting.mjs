// A person in a real Chromium without scripts: opens the address given as {url, tell} on standard
// input, asks for `tell` once it is shown, and prints its headings until the second one.
import { chromium } from 'playwright-core';
import { text } from 'node:stream/consumers';

const { url, tell } = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
const complaints = [];
const context = await browser.newContext({ javaScriptEnabled: false });
const page = await context.newPage();
page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
await page.goto(url);
const headings = [await page.locator('h1').innerText()];
await fetch(tell);
await page.locator('h1', { hasNotText: headings[0] }).waitFor({ timeout: 30_000 });
headings.push(await page.locator('h1').innerText());
await browser.close();
process.stdout.write(`${JSON.stringify({ headings, complaints })}\n`);
