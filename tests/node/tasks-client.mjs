// The official TypeScript client, calling a tool as a task. Reads {url, headers, tool, arguments,
// answer, cancel} as JSON from its standard input, and prints {support, types, states, text, asked, marked, error}.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { text } from 'node:stream/consumers';

const asked = JSON.parse(await text(process.stdin));
const client = new Client(
  { name: 'typescript-test', version: '1.0.0' },
  { capabilities: { elicitation: { form: {} } } },
);
const answer = { types: [], states: [], asked: [], marked: [] };
let task;
client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
  answer.asked.push(params.message);
  answer.marked.push(params._meta['io.modelcontextprotocol/related-task'].taskId === task);
  return { action: 'accept', content: asked.answer };
});
const requestInit = { headers: asked.headers };
await client.connect(new StreamableHTTPClientTransport(new URL(asked.url), { requestInit }));
const { tools } = await client.listTools();
answer.support = Object.fromEntries(tools.map(({ name, execution }) => [name, execution?.taskSupport ?? null]));
const called = { name: asked.tool, arguments: asked.arguments };
for await (const told of client.experimental.tasks.callToolStream(called, undefined, { task: {} })) {
  answer.types.push(told.type);
  if (told.task) {
    task = told.task.taskId;
    answer.states.push(told.task.status);
  }
  if (told.type === 'taskCreated' && asked.cancel) {
    await client.experimental.tasks.cancelTask(task);
  }
  if (told.type === 'result') {
    answer.text = told.result.content.map((content) => content.text).join('');
  }
  if (told.type === 'error') {
    answer.error = told.error.message;
  }
}
await client.close();
process.stdout.write(`${JSON.stringify(answer)}\n`);
