// The official SDK of Ollama.
import assert from 'node:assert/strict';
import { Ollama } from 'ollama';
import { features, expectModels, expectVectors } from './features.mjs';
import { gateway, scenario, serve, version } from './harness.mjs';

const { prompts, answers, tool, schema, texts } = scenario;
const connect = (key) => new Ollama({ host: gateway, headers: { Authorization: `Bearer ${key}` } });
const functions = [{ type: 'function', function: tool }];

function client(api) {
  return {
    forces: false,
    with: (key) => client(connect(key)),
    status: (error) => (error.name === 'ResponseError' ? error.status_code : 0),
    user: (text, image) => ({ role: 'user', content: text, ...(image && { images: [image.base64] }) }),
    results: (calls, given) => calls.map((call, i) => ({ role: 'tool', tool_name: call.name, tool_call_id: call.own, content: given[i] })),
    ask: async (request) => answer([await api.chat(body(request))]),
    stream: async (request, { onText, signal }) => {
      const chunks = [];
      const stream = await api.chat({ ...body(request), stream: true });
      signal?.addEventListener('abort', () => stream.abort());
      for await (const chunk of stream) {
        chunks.push(chunk);
        if (chunk.message.content) onText?.();
      }
      return answer(chunks);
    },
    structured: async (model, text) => {
      const chat = await api.chat({ model, messages: [{ role: 'user', content: text }], format: schema.schema });
      return JSON.parse(chat.message.content);
    },
  };
}

function body({ model, system, messages, tools, think, max }) {
  return {
    model,
    messages: system ? [{ role: 'system', content: system }, ...messages] : messages,
    ...(tools && { tools: functions }),
    ...(think && { think: true }),
    ...(max && { options: { num_predict: max } }),
  };
}

/** One answer from all lines of a stream. Ollama has no reason of its own for an answer with tool calls. */
function answer(chunks) {
  const last = chunks.at(-1);
  const text = (key) => chunks.map((chunk) => chunk.message[key] ?? '').join('');
  const calls = chunks.flatMap((chunk) => chunk.message.tool_calls ?? []);
  const message = { role: 'assistant', content: text('content'), thinking: text('thinking'), tool_calls: calls };
  return {
    text: message.content,
    finish: calls.length > 0 && last.done_reason === 'stop' ? 'tools' : last.done_reason,
    calls: calls.map((call, i) => ({ id: call.id ?? i, own: call.id, name: call.function.name, args: call.function.arguments })),
    thinking: message.thinking,
    usage: { input: last.prompt_eval_count, output: last.eval_count },
    messages: [message],
  };
}

async function models({ model }) {
  const { models: list } = await api.list();
  expectModels(list.map((m) => m.name.replace(/:latest$/, '')));
  const shown = await api.show({ model });
  assert.ok(Array.isArray(shown.capabilities) && shown.details, 'what is shown of a model');
  assert.ok(Array.isArray((await api.ps()).models), 'models that run');
}

async function embeddings({ model }) {
  expectVectors((await api.embed({ model, input: texts })).embeddings);
  const single = await Promise.all(texts.map((prompt) => api.embeddings({ model, prompt })));
  expectVectors(single.map((one) => one.embedding));
}

/** Beside chats, Ollama completes prompts. */
async function chat(cell) {
  await chats.chat(cell);
  const request = { model: cell.model, system: prompts.system, prompt: prompts.hello };
  const greeting = answers.hello.replace('PROVIDER', cell.provider);
  assert.equal((await api.generate(request)).response, greeting);
  let streamed = '';
  for await (const line of await api.generate({ ...request, stream: true })) streamed += line.response;
  assert.equal(streamed, greeting);
}

const api = connect(scenario.key);
const chats = features(client(api));
await serve(version(import.meta.url, 'ollama'), { ...chats, chat, models, embeddings });
