// The official SDK of Google for the Gemini API.
import assert from 'node:assert/strict';
import { ApiError, GoogleGenAI } from '@google/genai';
import { features, expectModels, expectVectors } from './features.mjs';
import { gateway, scenario, serve, version } from './harness.mjs';

const { prompts, tool, schema, texts } = scenario;
const connect = (key) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: gateway } });
const endings = { STOP: 'stop', MAX_TOKENS: 'length' };

function client(api) {
  return {
    forces: true,
    with: (key) => client(connect(key)),
    status: (error) => (error instanceof ApiError ? error.status : 0),
    user: (text, image) => ({ role: 'user', parts: image ? [{ text }, picture(image)] : [{ text }] }),
    results: (calls, given) => [{
      role: 'user',
      parts: calls.map(({ own, name }, i) => ({ functionResponse: { id: own, name, response: { output: given[i] } } })),
    }],
    ask: async (request) => answer([await api.models.generateContent(body(request))]),
    stream: async (request, { onText, signal }) => {
      const chunks = [];
      for await (const chunk of await api.models.generateContentStream(body(request, signal))) {
        chunks.push(chunk);
        if (parts(chunk).some((part) => part.text && !part.thought)) onText?.();
      }
      return answer(chunks);
    },
    structured: async (model, text) => {
      const request = body({ model, messages: [{ role: 'user', parts: [{ text }] }] });
      Object.assign(request.config, { responseMimeType: 'application/json', responseJsonSchema: schema.schema });
      return JSON.parse((await api.models.generateContent(request)).text);
    },
  };
}

const picture = (image) => ({ inlineData: { mimeType: image.type, data: image.base64 } });
const parts = (chunk) => chunk.candidates?.[0]?.content?.parts ?? [];

function body({ model, system, messages, tools, force, think, max }, abortSignal) {
  const functions = { name: tool.name, description: tool.description, parametersJsonSchema: tool.parameters };
  const config = {
    abortSignal,
    systemInstruction: system,
    maxOutputTokens: max,
    ...(tools && { tools: [{ functionDeclarations: [functions] }] }),
    ...(force && { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [tool.name] } } }),
    ...(think && { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } }),
  };
  return { model, contents: messages, config };
}

/** One answer from all chunks of a stream. Calls without an id are told apart by their place. */
function answer(chunks) {
  const all = chunks.flatMap(parts);
  const calls = all.filter((part) => part.functionCall).map((part) => part.functionCall);
  const last = chunks.findLast((chunk) => chunk.candidates?.[0]?.finishReason)?.candidates[0];
  const usage = chunks.findLast((chunk) => chunk.usageMetadata)?.usageMetadata ?? {};
  const text = (thought) => all.filter((part) => part.text && Boolean(part.thought) === thought).map((part) => part.text).join('');
  return {
    text: text(false),
    finish: calls.length > 0 && last?.finishReason === 'STOP' ? 'tools' : endings[last?.finishReason] ?? last?.finishReason,
    calls: calls.map(({ id, name, args }, i) => ({ id: id ?? i, own: id, name, args })),
    thinking: text(true),
    usage: {
      input: usage.promptTokenCount,
      output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
      cached: usage.cachedContentTokenCount ?? 0,
    },
    messages: [{ role: 'model', parts: all }],
  };
}

async function models() {
  const ids = [];
  for await (const model of await api.models.list()) ids.push(model.name.replace(/^models\//, ''));
  expectModels(ids);
  assert.equal((await api.models.get({ model: 'openai-model' })).name, 'models/openai-model');
}

async function embeddings({ model }) {
  const embedded = await api.models.embedContent({ model, contents: texts });
  expectVectors(embedded.embeddings.map((e) => e.values));
}

async function tokens({ model }) {
  const { totalTokens } = await api.models.countTokens({ model, contents: prompts.hello });
  assert.ok(Number.isInteger(totalTokens) && totalTokens > 0, `${totalTokens} tokens`);
}

const api = connect(scenario.key);
await serve(version(import.meta.url, '@google/genai'), { ...features(client(api)), models, embeddings, tokens });
