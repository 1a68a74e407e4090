// OpenAI's Responses API with its official SDK.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { scenario } from './harness.mjs';

const { prompts, answers, tool, schema, results, cities } = scenario;
const tools = [{ type: 'function', strict: true, ...tool }];

/** Creates, streams, goes round a loop with tools, asks for a schema, and asks for what needs stored state. */
export async function responses(api, { provider, model }) {
  const greeting = answers.hello.replace('PROVIDER', provider);
  const create = (request) => api.responses.create({ model, store: false, ...request });
  const stream = (request) => followed(api, { model, store: false, ...request });
  for (const ask of [create, stream]) {
    const hello = await ask({ instructions: prompts.system, input: prompts.hello });
    assert.equal(hello.output_text, greeting);
    assert.equal(hello.status, 'completed');
    assert.deepEqual([hello.usage.input_tokens, hello.usage.output_tokens], [24, 10], 'usage');
    const turn = { type: 'message', role: 'user', content: [{ type: 'input_text', text: prompts.unicode }] };
    const second = await ask({ input: [{ role: 'user', content: prompts.hello }, ...items(hello), turn] });
    assert.equal(second.output_text, answers.unicode);
    await loop(ask, prompts.weather, cities.slice(0, 1), {});
    await loop(ask, prompts.parallel, cities, {});
    await loop(ask, prompts.thinkWeather, cities.slice(0, 1), { reasoning: { effort: 'low', summary: 'auto' }, include: ['reasoning.encrypted_content'] });
  }
  const format = { type: 'json_schema', strict: true, ...schema };
  const parsed = await create({ input: prompts.schema, text: { format } });
  assert.deepEqual(JSON.parse(parsed.output_text), { name: 'text', age: 1, tags: ['text'] });
  const picture = { type: 'input_image', detail: 'auto', image_url: `data:${scenario.image.type};base64,${scenario.image.base64}` };
  const seen = await create({ input: [{ role: 'user', content: [{ type: 'input_text', text: prompts.image }, picture] }] });
  assert.match(seen.output_text, /^I see a image\/png/);
  const cut = await create({ input: prompts.max, max_output_tokens: 16 });
  assert.deepEqual([cut.status, cut.incomplete_details?.reason], ['incomplete', 'max_output_tokens']);
  await failures(api, { provider, model });
}

async function loop(ask, text, wanted, extra) {
  const input = [{ role: 'user', content: text }];
  const first = await ask({ input, tools, ...extra });
  const calls = first.output.filter((item) => item.type === 'function_call');
  assert.deepEqual(calls.map((c) => [c.name, JSON.parse(c.arguments)]), wanted.map((city) => [tool.name, { city }]), 'tool calls');
  const outputs = calls.map((c, i) => ({ type: 'function_call_output', call_id: c.call_id, output: results[wanted[i]] }));
  const second = await ask({ input: [...input, ...items(first), ...outputs], tools, ...extra });
  for (const city of wanted) assert.ok(second.output_text.includes(results[city]), `the answer to the results is ${second.output_text}`);
}

/** The output as the next input, without what the stream's helper adds for the application. */
function items({ output }) {
  return output.map(({ parsed_arguments, ...item }) => (
    item.type === 'message' ? { ...item, content: item.content.map(({ parsed, ...part }) => part) } : item
  ));
}

/** Follows a stream with the SDK's helper, which insists on the order of events. */
async function followed(api, request) {
  const stream = api.responses.stream(request);
  let number = -1;
  for await (const event of stream) {
    assert.ok(event.sequence_number > number, `sequence_number ${event.sequence_number} after ${number}`);
    number = event.sequence_number;
  }
  return stream.finalResponse();
}

async function failures(api, { provider, model }) {
  await assert.rejects(api.responses.create({ model, input: prompts.fail429 }), OpenAI.RateLimitError);
  await assert.rejects(api.responses.create({ model, input: prompts.failContext }), OpenAI.BadRequestError);
  await assert.rejects(api.responses.create({ model: 'no-such-model', input: prompts.hello }), OpenAI.NotFoundError);
  for (const text of [prompts.failMidstream, prompts.cutMidstream]) {
    await assert.rejects(followed(api, { model, input: text }), `no error from the stream of "${text}"`);
  }
  if (provider === 'openai') return; // it keeps responses
  const stored = await api.responses.create({ model, input: prompts.hello, previous_response_id: 'resp_1' }).catch((error) => error);
  assert.ok(stored instanceof OpenAI.APIError && stored.status >= 400 && stored.status < 500, `previous_response_id gave ${stored}`);
}
