// The official SDK of Anthropic.
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { features, expectModels } from './features.mjs';
import { gateway, scenario, serve, version } from './harness.mjs';

const { prompts, tool, schema } = scenario;
const connect = (key) => new Anthropic({ baseURL: gateway, apiKey: key, maxRetries: 0 });
const endings = { end_turn: 'stop', max_tokens: 'length', tool_use: 'tools' };

function client(api) {
  return {
    forces: true,
    with: (key) => client(connect(key)),
    status: (error) => (error instanceof Anthropic.APIError ? error.status ?? 0 : 0),
    user: (text, image) => ({ role: 'user', content: image ? [{ type: 'text', text }, picture(image)] : text }),
    results: (calls, given) => [{
      role: 'user',
      content: calls.map((call, i) => ({ type: 'tool_result', tool_use_id: call.id, content: given[i] })),
    }],
    ask: async (request) => answer(await api.messages.create(body(request))),
    stream: async (request, { onText, signal }) => {
      const stream = api.messages.stream(body(request), { signal });
      stream.on('text', () => onText?.());
      return answer(await stream.finalMessage());
    },
    structured: async (model, text) => {
      const output_config = { format: { type: 'json_schema', schema: schema.schema } };
      const message = await api.messages.create({ ...body({ model, messages: [{ role: 'user', content: text }] }), output_config });
      return JSON.parse(answer(message).text);
    },
  };
}

const picture = (image) => ({ type: 'image', source: { type: 'base64', media_type: image.type, data: image.base64 } });

function body({ model, system, messages, tools, force, think, max }) {
  return {
    model,
    messages,
    max_tokens: max ?? 4096,
    ...(system && { system }),
    ...(tools && { tools: [{ name: tool.name, description: tool.description, input_schema: tool.parameters }] }),
    ...(force && { tool_choice: { type: 'tool', name: tool.name } }),
    ...(think && { thinking: { type: 'enabled', budget_tokens: 1024 } }),
  };
}

function answer({ role, content, stop_reason, usage }) {
  const all = (type, key) => content.filter((block) => block.type === type).map((block) => block[key]).join('');
  return {
    text: all('text', 'text'),
    finish: endings[stop_reason] ?? stop_reason,
    calls: content.filter((block) => block.type === 'tool_use').map(({ id, name, input }) => ({ id, name, args: input })),
    thinking: all('thinking', 'thinking'),
    usage: {
      input: usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0),
      output: usage.output_tokens,
      cached: usage.cache_read_input_tokens ?? 0,
    },
    messages: [{ role, content }],
  };
}

async function models() {
  const ids = [];
  for await (const model of api.models.list()) ids.push(model.id);
  expectModels(ids);
  const one = await api.models.retrieve('openai-model');
  assert.deepEqual([one.type, one.id], ['model', 'openai-model']);
  await assert.rejects(api.models.retrieve('no-such-model'), Anthropic.NotFoundError);
}

async function tokens({ model }) {
  const counted = await api.messages.countTokens({ model, messages: [{ role: 'user', content: prompts.hello }] });
  assert.ok(Number.isInteger(counted.input_tokens) && counted.input_tokens > 0, `${counted.input_tokens} tokens`);
}

const api = connect(scenario.key);
await serve(version(import.meta.url, '@anthropic-ai/sdk'), { ...features(client(api)), models, tokens });
