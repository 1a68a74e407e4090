// What the features mean, for every client that can chat. A client is an object of functions, each done with its own SDK:
//
//   user(text, image?)        a message of the user
//   results(calls, texts)     the messages that carry the results of tool calls
//   ask(request, options?)    asks and returns an answer
//   stream(request, options)  the same as a stream; options.onText is called for each piece, options.signal leaves it
//   structured(model, text)   an object that satisfies the schema of the scenario
//   status(error)             the HTTP status of one of the SDK's own errors; 0 for any other error
//   with(key)                 the same client with another key
//   limits                    {feature: providers} where a feature is narrower than the scenario says
//   forces                    whether a tool can be forced
//   midstream                 false where failures in the middle of a stream cannot be seen
//
// A request is {model, system?, messages, tools?, force?, think?, max?}. An answer is {text, finish, calls: [{id, name, args}],
// thinking, usage: {input?, output?, cached?}, messages}: finish is stop, length or tools; messages are what a later request repeats.
import assert from 'node:assert/strict';
import { only, scenario } from './harness.mjs';

const { prompts, answers, results, cities, tool, texts } = scenario;

/** The features that follow from the functions of a client; more are given by the client itself. */
export function features(client, more = {}) {
  const all = { chat, stream, tools, parallel, toolstream, structured, image, thinking, errors, usage, cancel };
  const bound = Object.entries(all).map(([name, run]) => {
    const cell = (c) => run(client, c);
    return [name, client.limits?.[name] ? only(client.limits[name], cell) : cell];
  });
  return { ...Object.fromEntries(bound), ...more };
}

async function chat(client, cell) {
  await talk(client, cell, (request) => client.ask(request));
}

async function stream(client, cell) {
  await talk(client, cell, (request) => streamed(client, request));
  const long = await streamed(client, { model: cell.model, messages: [client.user(prompts.long)] });
  assert.ok(long.text.startsWith(answers.longStart), `the long answer starts with ${long.text.slice(0, 40)}`);
  assert.ok(long.text.trimEnd().endsWith(answers.longEnd), `the long answer ends with ${long.text.slice(-40)}`);
}

/** A first answer, a second turn, and an answer that is too long. */
async function talk(client, { provider, model }, ask) {
  const first = client.user(prompts.hello);
  const hello = await ask({ model, system: prompts.system, messages: [first] });
  assert.equal(hello.text, greeting(provider));
  assert.equal(hello.finish, 'stop', 'how the first answer ended');
  const unicode = await ask({ model, system: prompts.system, messages: [first, ...hello.messages, client.user(prompts.unicode)] });
  assert.equal(unicode.text, answers.unicode);
  const max = await ask({ model, messages: [client.user(prompts.max)], max: 16 });
  assert.equal(max.text.trimEnd(), answers.max);
  assert.equal(max.finish, 'length', 'how the answer that is too long ended');
}

async function streamed(client, request) {
  let pieces = 0;
  const answer = await client.stream(request, { onText: () => pieces++ });
  assert.ok(pieces > 1 || answer.calls.length > 0, `the stream had ${pieces} pieces of text`);
  return answer;
}

async function tools(client, { provider, model }) {
  await loop(client, model, prompts.weather, cities.slice(0, 1), {}, (request) => client.ask(request));
  if (client.forces && provider !== 'ollama') { // Ollama has no tool_choice
    const forced = await client.ask({ model, messages: [client.user(prompts.forced)], tools: true, force: true });
    expectCalls(forced, cities.slice(0, 1));
  }
}

async function parallel(client, { model }) {
  await loop(client, model, prompts.parallel, cities, {}, (request) => client.ask(request));
}

async function toolstream(client, { model }) {
  await loop(client, model, prompts.weather, cities.slice(0, 1), {}, (request) => streamed(client, request));
  await loop(client, model, prompts.parallel, cities, {}, (request) => streamed(client, request));
}

/** Asks with a tool, checks the calls, returns their results, and checks that the answer uses them. */
async function loop(client, model, text, wanted, extra, ask) {
  const request = { model, system: prompts.system, messages: [client.user(text)], tools: true, ...extra };
  const first = await ask(request);
  expectCalls(first, wanted);
  const messages = [...request.messages, ...first.messages, ...client.results(first.calls, wanted.map((city) => results[city]))];
  const second = await ask({ ...request, messages });
  for (const city of wanted) {
    assert.ok(second.text.includes(results[city]), `the answer to the results is ${JSON.stringify(second.text)}`);
  }
  assert.equal(second.finish, 'stop', 'how the answer to the results ended');
  return first;
}

function expectCalls(answer, wanted) {
  assert.deepEqual(answer.calls.map((c) => [c.name, c.args]), wanted.map((city) => [tool.name, { city }]), 'tool calls');
  assert.equal(answer.finish, 'tools', 'how the answer with tool calls ended');
  assert.equal(new Set(answer.calls.map((c) => c.id)).size, wanted.length, 'every call has an id of its own');
}

async function structured(client, { model }) {
  assert.deepEqual(await client.structured(model, prompts.schema), { name: 'text', age: 1, tags: ['text'] });
}

async function image(client, { model }) {
  const bytes = Buffer.from(scenario.image.base64, 'base64').length;
  const answer = await client.ask({ model, messages: [client.user(prompts.image, scenario.image)] });
  assert.equal(answer.text, answers.image.replace('BYTES', bytes));
}

async function thinking(client, { provider, model }) {
  for (const ask of [(request) => client.ask(request), (request) => streamed(client, request)]) {
    const thought = await ask({ model, messages: [client.user(prompts.think)], think: true });
    assert.notEqual(thought.thinking, '', 'thinking is shown');
    assert.equal(thought.text, greeting(provider));
    const called = await loop(client, model, prompts.thinkWeather, cities.slice(0, 1), { think: true }, ask);
    assert.notEqual(called.thinking, '', 'thinking is shown before a tool call');
  }
}

async function errors(client, { model }) {
  const asking = (text, name = model) => ({ model: name, messages: [client.user(text)] });
  await expectStatus(client, 429, client.ask(asking(prompts.fail429)));
  await expectStatus(client, 429, client.stream(asking(prompts.fail429), {}));
  await expectStatus(client, 400, client.ask(asking(prompts.failContext)));
  await expectStatus(client, 404, client.ask(asking(prompts.hello, 'no-such-model')));
  await expectStatus(client, 401, client.with(scenario.wrongKey).ask(asking(prompts.hello)));
  await expectStatus(client, 500, client.ask(asking(prompts.fail500)));
  if (client.midstream === false) return;
  for (const text of [prompts.failMidstream, prompts.cutMidstream]) {
    await assert.rejects(client.stream(asking(text), {}), `no error from the stream of "${text}"`);
  }
}

/** A promise must be rejected with an error of this status; 500 stands for any status from 500 on. */
async function expectStatus(client, status, promise) {
  const error = await promise.then(() => assert.fail(`no error, expected one of status ${status}`), (e) => e);
  const found = client.status(error);
  if (found === 0) throw error;
  assert.ok(found === status || (status === 500 && found > 500), `expected status ${status}, got ${found}: ${error.message}`);
}

async function usage(client, { provider, model }) {
  const request = { model, messages: [client.user(prompts.hello)] };
  for (const answer of [await client.ask(request), await streamed(client, request)]) {
    if (answer.usage.input !== undefined) assert.equal(answer.usage.input, 24, 'tokens of the prompt');
    if (answer.usage.output !== undefined) assert.equal(answer.usage.output, 10, 'tokens of the answer');
    if (answer.usage.cached !== undefined && provider !== 'ollama') assert.equal(answer.usage.cached, 8, 'cached tokens');
  }
}

async function cancel(client, { provider, model }) {
  const left = new AbortController();
  let pieces = 0;
  const onText = () => ++pieces === 1 && left.abort();
  await client.stream({ model, messages: [client.user(prompts.long)] }, { onText, signal: left.signal }).catch((error) => {
    if (pieces === 0) throw error;
  });
  assert.ok(pieces > 0 && pieces < 200, `the stream was left after ${pieces} pieces`);
  const after = await client.ask({ model, messages: [client.user(prompts.hello)] });
  assert.equal(after.text, greeting(provider));
}

function greeting(provider) {
  return answers.hello.replace('PROVIDER', provider);
}

/** Ids of a list of models hold every alias. */
export function expectModels(ids) {
  for (const provider of scenario.providers) assert.ok(ids.includes(`${provider}-model`), `${provider}-model is not in ${ids}`);
}

/** Vectors of the texts of the scenario, of which the first and the third are equal. */
export function expectVectors(vectors) {
  assert.equal(vectors.length, texts.length, 'number of vectors');
  const [first, second, third] = vectors.map((v) => Array.from(v));
  assert.ok(first.length > 1 && first.every(Number.isFinite), `the first vector is ${first}`);
  assert.deepEqual(third, first, 'vectors of equal texts');
  assert.notDeepEqual(second, first, 'vectors of different texts');
  assert.ok(Math.abs(Math.hypot(...first) - 1) < 1e-3, 'vectors are unit vectors');
}
