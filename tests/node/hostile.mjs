// A hostile page in a real Chromium. Reads {relay, token, authorize} as JSON from its standard input,
// tries from a page of another site and from one whose name was rebound to the relay what pages can
// try, and prints what the page got to read: {attempts: {NAME: TEXT}, framed}.
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { text } from 'node:stream/consumers';

const { relay, token, authorize } = JSON.parse(await text(process.stdin));
const port = new URL(relay).port;
const server = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html' });
  response.end('<!doctype html><title>hostile</title><body>');
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const own = server.address().port;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
    // Ours are to be tested, not the browser's own guard of the local network.
    '--disable-features=LocalNetworkAccessChecks',
    '--host-resolver-rules=MAP evil.example 127.0.0.1',
  ],
});
const attempts = {};
let framed = false;

async function attack(name, page, base) {
  const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 't' } });
  const client = JSON.stringify({ client_name: 'evil', redirect_uris: ['http://127.0.0.1:1/cb'] });
  const bearer = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const plain = { 'Content-Type': 'text/plain' };
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const asked = {
    'a call with a token': ['/s/one/mcp', { method: 'POST', headers: bearer, body: call }],
    'a call to all servers': ['/mcp', { method: 'POST', headers: bearer, body: call }],
    'a call under pair': ['/pair/s/one/mcp', { method: 'POST', headers: bearer, body: call }],
    'a token in the address': [`/k/${token}/mcp`, { method: 'POST', headers: plain, body: call }],
    'a simple call': ['/s/one/mcp', { method: 'POST', headers: plain, body: call, mode: 'no-cors' }],
    'a simple get': ['/s/one/mcp', { mode: 'no-cors' }],
    'a registration': ['/pair/register', { method: 'POST', headers: plain, body: client }],
    'a full registration': ['/pair/register', { method: 'POST', headers: bearer, body: client }],
    'a blind registration': [
      '/pair/register',
      { method: 'POST', headers: plain, body: client, mode: 'no-cors' },
    ],
    'a token request': [
      '/pair/token',
      { method: 'POST', headers: form, body: 'grant_type=authorization_code&code=x', mode: 'no-cors' },
    ],
    'the metadata': ['/.well-known/oauth-authorization-server/pair', {}],
    'an authorization': [authorize, { mode: 'no-cors' }],
    'a followed authorization': [authorize, {}],
    'its health': ['/health', {}],
  };
  for (const [what, [path, options]] of Object.entries(asked)) {
    attempts[`${name}: ${what}`] = await page.evaluate(
      async ([url, how]) => {
        try {
          const answer = await fetch(url, how);
          return answer.type === 'opaque' ? '' : `${answer.status} ${await answer.text()}`;
        } catch {
          return '';
        }
      },
      [base + path, options],
    );
  }
}

const page = await browser.newPage();
await page.goto(`http://evil.example:${own}/`);
await attack('cross-site', page, relay);
await page.goto(`http://localhost:${own}/`);
await attack('same-site', page, `http://localhost:${port}`);

// The name of a page is rebound to the relay: to the browser they are one origin.
await page.route(`http://evil.example:${port}/page`, (route) =>
  route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>rebound</title>' }),
);
await page.goto(`http://evil.example:${port}/page`);
await attack('rebound', page, '');

await page.goto(`http://evil.example:${own}/`);
for (const [name, path] of [
  ['wait', '/wait/abc'],
  ['authorize', authorize],
]) {
  await page.evaluate(
    ([id, url]) =>
      new Promise((loaded) => {
        const frame = document.createElement('iframe');
        frame.name = id;
        frame.onload = loaded;
        frame.src = url;
        document.body.append(frame);
      }),
    [name, relay + path],
  );
  const shown = await page.frame({ name }).content();
  framed ||= /Keyfob<\/title>|Keyfob on this computer/.test(shown);
}
for (const path of ['/s/one/mcp', '/pair/register', '/pair/token']) {
  await page.goto(`http://evil.example:${own}/`);
  await page.evaluate((url) => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: url, enctype: 'text/plain' });
    const field = Object.assign(document.createElement('input'), { name: '{"a":"', value: '"}' });
    form.append(field);
    document.body.append(form);
    form.submit();
  }, relay + path);
  await page.waitForURL(relay + path);
  attempts[`a form to ${path}`] = await page.locator('body').innerText();
}
await browser.close();
server.close();
process.stdout.write(`${JSON.stringify({ attempts, framed })}\n`);
