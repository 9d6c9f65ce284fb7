// A person in a real Chromium at the page of a pairing: opens the address given as {url, tell} on
// standard input, asks for `tell` once it is shown, and prints its heading, its controls and the
// address that the browser ends at.
import { chromium } from 'playwright-core';
import { text } from 'node:stream/consumers';

const { url, tell, redirect, shot } = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
const complaints = [];
const context = await browser.newContext({ javaScriptEnabled: false });
const page = await context.newPage();
page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
await page.goto(url);
const heading = await page.locator('h1').innerText();
const controls = await page.locator('a, button, input, form, iframe, script').count();
if (shot) await page.screenshot({ path: shot });
await fetch(tell);
await page.waitForURL(`${redirect}**`, { timeout: 30_000 });
const ending = page.url();
await browser.close();
process.stdout.write(`${JSON.stringify({ heading, controls, ending, complaints })}\n`);
