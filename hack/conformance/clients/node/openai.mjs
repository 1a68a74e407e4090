// The official SDK of OpenAI.
import assert from 'node:assert/strict';
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { features, expectModels, expectVectors } from './features.mjs';
import { responses } from './responses.mjs';
import { gateway, scenario, serve, version } from './harness.mjs';

const { prompts, answers, tool, schema, texts } = scenario;
const connect = (key) => new OpenAI({ baseURL: `${gateway}/v1`, apiKey: key, maxRetries: 0 });

function client(api) {
  return {
    forces: true,
    with: (key) => client(connect(key)),
    status: (error) => (error instanceof OpenAI.APIError ? error.status ?? 0 : 0),
    user: (text, image) => ({ role: 'user', content: image ? [{ type: 'text', text }, picture(image)] : text }),
    results: (calls, given) => calls.map((call, i) => ({ role: 'tool', tool_call_id: call.id, content: given[i] })),
    ask: async (request) => answer(await api.chat.completions.create(body(request))),
    stream: async (request, { onText, signal }) => {
      const stream = api.chat.completions.stream({ ...body(request), stream_options: { include_usage: true } }, { signal });
      let thinking = '';
      stream.on('content', () => onText?.());
      stream.on('chunk', (chunk) => (thinking += chunk.choices[0]?.delta?.reasoning_content ?? ''));
      const whole = await stream.finalChatCompletion();
      return { ...answer(whole), thinking };
    },
    structured: async (model, text) => {
      const response_format = { type: 'json_schema', json_schema: { ...schema, strict: true } };
      const parsed = await api.chat.completions.parse({ model, messages: [{ role: 'user', content: text }], response_format });
      return JSON.parse(parsed.choices[0].message.content);
    },
  };
}

const picture = (image) => ({ type: 'image_url', image_url: { url: `data:${image.type};base64,${image.base64}` } });

function body({ model, system, messages, tools, force, think, max }) {
  return {
    model,
    messages: system ? [{ role: 'system', content: system }, ...messages] : messages,
    ...(tools && { tools: [{ type: 'function', function: tool }] }),
    ...(force && { tool_choice: { type: 'function', function: { name: tool.name } } }),
    ...(think && { reasoning_effort: 'low' }),
    ...(max && { max_completion_tokens: max }),
  };
}

function answer(completion) {
  const { message, finish_reason } = completion.choices[0];
  return {
    text: message.content ?? '',
    finish: finish_reason === 'tool_calls' ? 'tools' : finish_reason,
    calls: (message.tool_calls ?? []).map((c) => ({ id: c.id, name: c.function.name, args: JSON.parse(c.function.arguments) })),
    thinking: message.reasoning_content ?? '',
    usage: {
      input: completion.usage?.prompt_tokens, output: completion.usage?.completion_tokens,
      cached: completion.usage?.prompt_tokens_details?.cached_tokens ?? 0,
    },
    messages: [message],
  };
}

async function models() {
  const ids = [];
  for await (const model of api.models.list()) ids.push(model.id);
  expectModels(ids);
  assert.equal((await api.models.retrieve('openai-model')).id, 'openai-model');
  await assert.rejects(api.models.retrieve('no-such-model'), OpenAI.NotFoundError);
}

async function embeddings({ model }) {
  const order = (list) => list.data.map((item) => item.embedding);
  expectVectors(order(await api.embeddings.create({ model, input: texts }))); // the SDK asks for base64
  expectVectors(order(await api.embeddings.create({ model, input: texts, encoding_format: 'float' })));
}

async function completions({ provider, model }) {
  const request = { model, prompt: prompts.hello, max_tokens: 100 };
  const greeting = answers.hello.replace('PROVIDER', provider);
  assert.equal((await api.completions.create(request)).choices[0].text, greeting);
  let streamed = '';
  for await (const chunk of await api.completions.create({ ...request, stream: true })) streamed += chunk.choices[0]?.text ?? '';
  assert.equal(streamed, greeting);
}

/** The same conversations on Azure's paths. */
async function azure(cell) {
  const other = features(client(new AzureOpenAI({ endpoint: gateway, apiKey: scenario.key, apiVersion: '2024-10-21', maxRetries: 0 })));
  await other.chat(cell);
  await other.stream(cell);
}

async function media({ provider, model }) {
  const made = await api.images.generate({ model, prompt: prompts.hello });
  assert.ok(made.data[0].b64_json || made.data[0].url, 'an image');
  const png = await toFile(Buffer.from(scenario.image.base64, 'base64'), 'dot.png', { type: scenario.image.type });
  const edited = await api.images.edit({ model, image: png, prompt: prompts.hello });
  assert.ok(edited.data[0].b64_json || edited.data[0].url, 'an edited image');
  const speech = await api.audio.speech.create({ model, voice: 'alloy', input: prompts.hello });
  assert.ok((await speech.arrayBuffer()).byteLength > 0, 'speech');
  const sound = await toFile(Buffer.from('RIFF of no sound'), 'sound.wav', { type: 'audio/wav' });
  assert.match((await api.audio.transcriptions.create({ model, file: sound })).text, /sound\.wav/);
  assert.match((await api.audio.translations.create({ model, file: sound })).text, /sound\.wav/);
  if (provider === 'azure') return; // it has no moderations
  assert.equal((await api.moderations.create({ model, input: prompts.hello })).results.length, 1);
}

const api = connect(scenario.key);
await serve(version(import.meta.url, 'openai'), {
  ...features(client(api)), models, embeddings, completions, azure, media, responses: (cell) => responses(api, cell),
});
