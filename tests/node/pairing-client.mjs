// The official TypeScript client with its own OAuth code. Reads {url, name, tool, arguments} as JSON
// from its standard input, follows the authorization address as a browser would, and prints
// {text, registered, tokens, visited} or {error}.
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

const asked = JSON.parse(await text(process.stdin));
const redirect = 'http://127.0.0.1:4712/callback';
const answer = { visited: [] };
const kept = {};
const provider = {
  get redirectUrl() {
    return redirect;
  },
  get clientMetadata() {
    return { client_name: asked.name, redirect_uris: [redirect] };
  },
  clientInformation: () => kept.registered,
  saveClientInformation: (information) => (kept.registered = information),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => (kept.tokens = tokens),
  redirectToAuthorization: (url) => answer.visited.push(String(url)),
  saveCodeVerifier: (verifier) => (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
};

async function browse(url) {
  for (let step = 0; step < 200; step += 1) {
    const page = await fetch(url, { redirect: 'manual' });
    const location = page.headers.get('location');
    if (location) url = String(new URL(location, url));
    else await setTimeout(50);
    if (url.startsWith(redirect)) return new URL(url).searchParams;
  }
  throw new Error('nobody answered');
}

try {
  let transport = new StreamableHTTPClientTransport(new URL(asked.url), { authProvider: provider });
  let client = new Client({ name: 'typescript-test', version: '1.0.0' });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const told = await browse(answer.visited[0]);
    if (!told.get('code')) throw new Error(told.get('error'));
    await transport.finishAuth(told.get('code'), told.get('iss') ?? undefined);
    transport = new StreamableHTTPClientTransport(new URL(asked.url), { authProvider: provider });
    client = new Client({ name: 'typescript-test', version: '1.0.0' });
    await client.connect(transport);
  }
  const result = await client.callTool({ name: asked.tool, arguments: asked.arguments });
  answer.text = result.content.map((content) => content.text).join('');
  await client.close();
} catch (error) {
  answer.error = { code: error.code ?? null, message: String(error.message) };
}
answer.registered = kept.registered;
answer.tokens = kept.tokens;
process.stdout.write(`${JSON.stringify(answer)}\n`);
