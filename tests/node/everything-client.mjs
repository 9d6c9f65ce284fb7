// The official TypeScript client in front of the official everything server. Reads {url, headers},
// {sse} or {command, args, env} as JSON from its standard input, uses each feature once, and prints
// {transcript, progress}: what it was answered and asked, and the steps it was told of.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { text } from 'node:stream/consumers';

const asked = JSON.parse(await text(process.stdin));
const requestInit = { headers: asked.headers };
const transport = asked.sse
  ? new SSEClientTransport(new URL(asked.sse), { requestInit })
  : asked.url
    ? new StreamableHTTPClientTransport(new URL(asked.url), { requestInit })
    : new StdioClientTransport({ command: asked.command, args: asked.args, env: asked.env });
const client = new Client(
  { name: 'typescript-test', version: '1.0.0' },
  { capabilities: { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } } },
);
const transcript = [];
const note = (name, value) => transcript.push([name, value]);
client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
  note('sampling', params.messages);
  return { model: 'test', role: 'assistant', content: { type: 'text', text: 'sampled' } };
});
client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
  note('elicitation', params.message);
  return { action: 'accept', content: { name: 'Ada' } };
});
client.setRequestHandler(ListRootsRequestSchema, () => ({
  roots: [{ uri: 'file:///test', name: 'test' }],
}));

const progress = [];
await client.connect(transport);
note('server', client.getServerVersion());
note('capabilities', client.getServerCapabilities());
note('tools', (await client.listTools()).tools);
note('prompts', await client.listPrompts());
note('templates', await client.listResourceTemplates());
const call = async (name, args = {}, options = {}) =>
  note(name, await client.callTool({ name, arguments: args }, undefined, { timeout: 20000, ...options }));
await call('echo', { message: 'ü\n\u2028\u0000' });
await call('get-sum', { a: 1, b: 'no number' });
await call('get-tiny-image');
await call('get-structured-content', { location: 'New York' });
await call('trigger-long-running-operation', { duration: 0.2, steps: 4 }, {
  onprogress: (told) => progress.push(told.progress),
});
await call('trigger-sampling-request', { prompt: 'say it', maxTokens: 5 });
await call('trigger-elicitation-request');
await call('get-roots-list');
note('prompt', await client.getPrompt({ name: 'args-prompt', arguments: { city: 'Oslo' } }));
note('completion', await client.complete({
  ref: { type: 'ref/prompt', name: 'completable-prompt' },
  argument: { name: 'department', value: 'E' },
}));
const { resources } = await client.listResources();
note('resources', resources);
note('resource', await client.readResource({ uri: resources[0].uri }));
await client.readResource({ uri: 'demo://nothing' }).catch((error) => note('refused', error.code));
await client.close();
process.stdout.write(`${JSON.stringify({ transcript, progress })}\n`);
