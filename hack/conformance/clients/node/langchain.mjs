// LangChain with the chat model of one package: openai, anthropic or google.
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { ChatGoogleGenerativeAI, GoogleGenerativeAIEmbeddings } from '@langchain/google-genai';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { features, expectVectors } from './features.mjs';
import { gateway, scenario, serve, version } from './harness.mjs';

const { tool, schema, texts } = scenario;

// It sends each of several results in a content of its own, which Gemini refuses; what passes as it is cannot work there.
const notGoogle = scenario.providers.filter((provider) => !['gemini', 'vertex'].includes(provider));

/** How each package makes a chat model and embeddings, how it is told to think and to be short. */
const packages = {
  openai: {
    package: '@langchain/openai',
    chat: (model, apiKey, options) => new ChatOpenAI({ model, apiKey, maxRetries: 0, configuration: { baseURL: `${gateway}/v1` }, ...options }),
    embeddings: (model, apiKey) => new OpenAIEmbeddings({ model, apiKey, maxRetries: 0, configuration: { baseURL: `${gateway}/v1` } }),
    max: (n) => ({ maxTokens: n }),
    limits: { thinking: [] }, // its chat model knows no reasoning_content
  },
  anthropic: {
    package: '@langchain/anthropic',
    chat: (model, apiKey, options) => new ChatAnthropic({ model, apiKey, maxTokens: 4096, maxRetries: 0, anthropicApiUrl: gateway, ...options }),
    max: (n) => ({ maxTokens: n }),
    think: { thinking: { type: 'enabled', budget_tokens: 1024 } },
    unreliable: ['input', 'output', 'cached'], // of a stream, it takes the prompt's from the first event and adds up the rest
    limits: { structured: scenario.providers.filter((provider) => provider !== 'ollama') }, // it forces a tool: Ollama cannot
  },
  google: {
    package: '@langchain/google-genai',
    chat: (model, apiKey, options) => new ChatGoogleGenerativeAI({ model, apiKey, maxRetries: 0, baseUrl: gateway, ...options }),
    embeddings: (model, apiKey) => new GoogleGenerativeAIEmbeddings({ model, apiKey, maxRetries: 0, baseUrl: gateway }),
    max: (n) => ({ maxOutputTokens: n }),
    think: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } },
    unreliable: ['cached'], // of a stream, it adds up the totals that each chunk repeats
    limits: { parallel: notGoogle, toolstream: notGoogle, image: [] }, // images are for models whose names it knows
    midstream: false, // its SDK takes an error inside of a stream for a chunk without candidates
  },
};

const chosen = packages[process.argv[2]];

function client(key) {
  const prepared = ({ model, tools, force, think, max }) => {
    const chat = chosen.chat(model, key, { ...(think && chosen.think), ...(max && chosen.max(max)) });
    if (!tools) return chat;
    const functions = [{ type: 'function', function: tool }];
    return chat.bindTools(functions, force ? { tool_choice: tool.name } : {});
  };
  const conversation = ({ system, messages }) => (system ? [new SystemMessage(system), ...messages] : messages);
  return {
    limits: chosen.limits,
    midstream: chosen.midstream,
    forces: true,
    with: (other) => client(other),
    status: (error) => error.status ?? error.statusCode ?? (error.name === 'ContextOverflowError' ? 400 : 0),
    user: (text, image) => new HumanMessage({ content: image ? [{ type: 'text', text }, picture(image)] : text }),
    results: (calls, given) => calls.map(({ id, name }, i) => new ToolMessage({ content: given[i], tool_call_id: id, name })),
    ask: async (request) => answer(await prepared(request).invoke(conversation(request))),
    stream: async (request, { onText, signal }) => {
      let whole;
      for await (const chunk of await prepared(request).stream(conversation(request), { signal })) {
        whole = whole ? whole.concat(chunk) : chunk;
        if (chunk.text) onText?.();
      }
      const found = answer(whole);
      for (const key of chosen.unreliable ?? []) delete found.usage[key];
      return found;
    },
    structured: (model, text) => chosen.chat(model, key, {}).withStructuredOutput(schema.schema, { name: schema.name }).invoke(text),
  };
}

const picture = (image) => ({ type: 'image_url', image_url: { url: `data:${image.type};base64,${image.base64}` } });

function answer(message) {
  const { response_metadata: about, usage_metadata: usage, content, tool_calls } = message;
  const blocks = Array.isArray(content) ? content : [];
  const reason = about.finish_reason ?? about.finishReason ?? about.stop_reason ?? message.additional_kwargs?.stop_reason;
  return {
    text: message.text,
    finish: finish(reason, tool_calls),
    calls: tool_calls.map(({ id, name, args }, i) => ({ id: id ?? `${i}`, name, args })),
    thinking: blocks.map((block) => block.thinking ?? block.reasoning ?? '').join(''),
    usage: { input: usage?.input_tokens, output: usage?.output_tokens, cached: usage?.input_token_details?.cache_read ?? 0 },
    messages: [message],
  };
}

/** LangChain passes on the words of its provider. */
function finish(reason, calls) {
  if (calls.length > 0 && ['tool_calls', 'tool_use', 'STOP'].includes(reason)) return 'tools';
  return { stop: 'stop', end_turn: 'stop', STOP: 'stop', length: 'length', max_tokens: 'length', MAX_TOKENS: 'length' }[reason] ?? reason;
}

async function embeddings({ model }) {
  expectVectors(await chosen.embeddings(model, scenario.key).embedDocuments(texts));
}

await serve(version(import.meta.url, chosen.package), {
  ...features(client(scenario.key)), ...(chosen.embeddings && { embeddings }),
});
