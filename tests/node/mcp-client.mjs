// The official TypeScript client. Reads {url, headers} or {command, args, env} and {tool, arguments}
// as JSON from its standard input, and prints {tools, text, isError, progress} or {error}.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { text } from 'node:stream/consumers';

const asked = JSON.parse(await text(process.stdin));
const client = new Client({ name: 'typescript-test', version: '1.0.0' });
const transport = asked.url
  ? new StreamableHTTPClientTransport(new URL(asked.url), { requestInit: { headers: asked.headers } })
  : new StdioClientTransport({ command: asked.command, args: asked.args, env: asked.env });
const answer = { progress: [] };
try {
  await client.connect(transport);
  answer.tools = (await client.listTools()).tools.map((tool) => tool.name);
  const result = await client.callTool({ name: asked.tool, arguments: asked.arguments }, undefined, {
    onprogress: (progress) => answer.progress.push(progress.progress),
    timeout: 20000,
  });
  answer.text = result.content.map((content) => content.text).join('');
  answer.isError = result.isError ?? false;
} catch (error) {
  answer.error = { code: error.code ?? null, message: String(error.message) };
}
await client.close();
process.stdout.write(`${JSON.stringify(answer)}\n`);
