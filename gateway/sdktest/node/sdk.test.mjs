// What the official Node SDK makes of the gateway's answers. Run by TestNode with GATEWAY_URL and GATEWAY_KEY.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import OpenAI from 'openai';

const baseURL = process.env.GATEWAY_URL;
const client = new OpenAI({ baseURL, apiKey: process.env.GATEWAY_KEY, maxRetries: 0 });
const recorded = new URL(process.env.GATEWAY_TESTDATA);

const tinyText = 'Hello from a tiny model. I have random weights but I answer every time.';
const streamText = 'Yes, the server works; nothing was downloaded.';
const messages = [{ role: 'user', content: 'hi' }];
const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];

test('lists models', async () => {
  const list = await client.models.list();
  assert.deepEqual(list.data.map((m) => m.id), ['breaks', 'hosted', 'limited', 'local', 'thinks']);
  assert.equal((await client.models.retrieve('hosted')).object, 'model');
});

for (const [model, text] of [['hosted', streamText], ['local', tinyText]]) {
  test(`${model}: chats`, async () => {
    const answer = await client.chat.completions.create({ model, messages });
    assert.equal(answer.choices[0].message.content, tinyText);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.equal(answer.usage.total_tokens, 20);
    assert.ok(answer._request_id);
  });

  test(`${model}: streams`, async () => {
    const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    const answer = await stream.finalChatCompletion();
    assert.equal(answer.choices[0].message.content, text);
    assert.equal(answer.choices[0].message.role, 'assistant');
    assert.equal(answer.usage.prompt_tokens, 6);
  });

  test(`${model}: calls tools`, async () => {
    const whole = await client.chat.completions.create({ model, messages, tools });
    const streamed = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
    for (const { choices: [choice] } of [whole, streamed]) {
      assert.equal(choice.finish_reason, 'tool_calls');
      assert.equal(choice.message.tool_calls.length, 1);
      assert.ok(choice.message.tool_calls[0].id);
      assert.equal(choice.message.tool_calls[0].function.name, 'get_weather');
      assert.deepEqual(JSON.parse(choice.message.tool_calls[0].function.arguments), { city: 'Paris' });
    }
  });

  // Without an encoding_format the SDK asks for base64 and decodes it.
  for (const encoding_format of [undefined, 'float', 'base64']) {
    test(`${model}: embeds, encoding_format ${encoding_format}`, async () => {
      const answer = await client.embeddings.create({ model, input: ['hello', 'goodbye'], encoding_format });
      let vector = answer.data[0].embedding;
      if (typeof vector === 'string') {
        const bytes = Buffer.from(vector, 'base64');
        vector = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
      }
      const want = JSON.parse(await readFile(new URL('ollama-embed.json', recorded), 'utf8')).embeddings[0];
      assert.equal(vector.length, want.length);
      vector.forEach((v, i) => assert.ok(Math.abs(v - want[i]) < 1e-6, `element ${i}: ${v} instead of ${want[i]}`));
    });
  }
}

test('thinks in the stream', async () => {
  const stream = await client.chat.completions.create({ model: 'thinks', messages, reasoning_effort: 'low', stream: true });
  let thought = '', text = '';
  for await (const { choices: [choice] } of stream) {
    thought += choice?.delta.reasoning_content ?? '';
    text += choice?.delta.content ?? '';
  }
  assert.equal(thought, 'Let me see what was asked.');
  assert.equal(text, 'The answer is 42.');
});

test('a stream that breaks off is an error', async () => {
  const stream = await client.chat.completions.create({ model: 'breaks', messages, stream: true });
  let text = '';
  await assert.rejects(async () => {
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  }, OpenAI.APIError);
  assert.equal(text, 'Hel');
});

const image = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/cat.png' } }] }];
const errors = {
  'a bad key': [{ model: 'hosted', messages }, OpenAI.AuthenticationError, 'invalid_api_key', null, { apiKey: 'sk-wrong' }],
  'an unknown model': [{ model: 'hostet', messages }, OpenAI.NotFoundError, 'model_not_found', 'model'],
  'no messages': [{ model: 'hosted', messages: [] }, OpenAI.BadRequestError, 'invalid_value', 'messages'],
  'what the upstream cannot do': [{ model: 'local', messages: image }, OpenAI.BadRequestError, 'unsupported_parameter', 'messages[0].content'],
  'a rate limit': [{ model: 'limited', messages }, OpenAI.RateLimitError, 'rate_limit_exceeded', null],
};
for (const [name, [body, kind, code, param, options]] of Object.entries(errors)) {
  test(`reports ${name}`, async () => {
    await assert.rejects(client.withOptions(options ?? {}).chat.completions.create(body), (err) => {
      assert.ok(err instanceof kind, `${err.constructor.name} instead of ${kind.name}`);
      assert.equal(err.code, code);
      assert.equal(err.param, param);
      assert.ok(err.requestID);
      return true;
    });
  });
}

test('comes back after a rate limit as soon as it was told', async () => {
  const began = performance.now();
  await assert.rejects(client.chat.completions.create({ model: 'limited', messages }, { maxRetries: 2 }), OpenAI.RateLimitError);
  const took = performance.now() - began;
  assert.ok(took >= 60, `two waits of 30 ms took ${took} ms`);
});
