// The Vercel AI SDK with one of its providers: responses, compatible, anthropic or google.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateObject, generateText, jsonSchema, streamText, tool as toolOf } from 'ai';
import { features, expectVectors } from './features.mjs';
import { gateway, scenario, serve, version } from './harness.mjs';

globalThis.AI_SDK_LOG_WARNINGS = false;

const { tool, schema, texts } = scenario;

/** How each provider is made, how it is told to think, and the package whose version counts. */
const providers = {
  responses: {
    package: '@ai-sdk/openai',
    connect: (apiKey) => createOpenAI({ baseURL: `${gateway}/v1`, apiKey }),
    options: { openai: { store: false } },
    think: { openai: { store: false, forceReasoning: true, reasoningEffort: 'low', reasoningSummary: 'auto', include: ['reasoning.encrypted_content'] } },
  },
  compatible: {
    package: '@ai-sdk/openai-compatible',
    connect: (apiKey) => createOpenAICompatible({ name: 'fairlead', baseURL: `${gateway}/v1`, apiKey, includeUsage: true, supportsStructuredOutputs: true }),
    think: { fairlead: { reasoningEffort: 'low' } },
  },
  anthropic: {
    package: '@ai-sdk/anthropic',
    connect: (apiKey) => createAnthropic({ baseURL: `${gateway}/v1`, apiKey }),
    think: { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } },
    limits: { structured: scenario.providers.filter((provider) => provider !== 'ollama') }, // it forces a tool: Ollama cannot
  },
  google: {
    package: '@ai-sdk/google',
    connect: (apiKey) => createGoogle({ baseURL: `${gateway}/v1beta`, apiKey }),
    think: { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } } },
  },
};

const chosen = providers[process.argv[2]];
const endings = { stop: 'stop', length: 'length', 'tool-calls': 'tools' };

function client(api) {
  const options = ({ model, system, messages, tools, force, think, max }) => ({
    model: api(model),
    messages,
    maxRetries: 0,
    ...(system && { instructions: system }),
    ...(tools && { tools: { [tool.name]: toolOf({ description: tool.description, inputSchema: jsonSchema(tool.parameters) }) } }),
    ...(force && { toolChoice: { type: 'tool', toolName: tool.name } }),
    ...(max && { maxOutputTokens: max }),
    providerOptions: think ? chosen.think : chosen.options,
  });
  return {
    limits: chosen.limits,
    forces: true,
    with: (key) => client(chosen.connect(key)),
    status: (error) => (APICallError.isInstance(error) ? error.statusCode ?? 0 : 0),
    user: (text, image) => ({
      role: 'user',
      content: [{ type: 'text', text }, ...(image ? [{ type: 'file', mediaType: image.type, data: image.base64 }] : [])],
    }),
    results: (calls, given) => [{
      role: 'tool',
      content: calls.map(({ id, name }, i) => ({ type: 'tool-result', toolCallId: id, toolName: name, output: { type: 'text', value: given[i] } })),
    }],
    ask: async (request) => answer(await generateText(options(request))),
    stream: async (request, { onText, signal }) => {
      let failure;
      const onError = ({ error }) => (failure ??= error);
      const stream = streamText({ ...options(request), abortSignal: signal, onError });
      for await (const text of stream.textStream) if (text) onText?.();
      if (failure) throw failure;
      const keys = ['text', 'finishReason', 'toolCalls', 'reasoningText', 'usage', 'response'];
      const values = await Promise.all(keys.map((key) => stream[key]));
      return answer(Object.fromEntries(keys.map((key, i) => [key, values[i]])));
    },
    structured: async (model, prompt) => {
      const made = await generateObject({ model: api(model), maxRetries: 0, prompt, schema: jsonSchema(schema.schema), schemaName: schema.name });
      return made.object;
    },
  };
}

function answer({ text, finishReason, toolCalls, reasoningText, usage, response }) {
  return {
    text,
    finish: endings[finishReason] ?? finishReason,
    calls: toolCalls.map((call) => ({ id: call.toolCallId, name: call.toolName, args: call.input })),
    thinking: reasoningText ?? '',
    usage: { input: usage.inputTokens, output: usage.outputTokens, cached: usage.inputTokenDetails?.cacheReadTokens ?? 0 },
    messages: response.messages,
  };
}

async function embeddings({ model }) {
  expectVectors((await embedMany({ model: api.embeddingModel(model), values: texts, maxRetries: 0 })).embeddings);
}

const api = chosen.connect(scenario.key);
await serve(version(import.meta.url, chosen.package), {
  ...features(client(api)), ...(api.embeddingModel && chosen !== providers.anthropic && { embeddings }),
});
