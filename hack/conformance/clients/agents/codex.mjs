// Codex, asked without a terminal. It speaks OpenAI's Responses.
import { fileURLToPath } from 'node:url';
import { gateway, scenario, serve, version } from '../node/harness.mjs';
import { work } from './agent.mjs';

const program = fileURLToPath(new URL('node_modules/@openai/codex/bin/codex.js', import.meta.url));
const provider = `{name="fairlead",base_url="${gateway}/v1",env_key="FAIRLEAD_KEY",wire_api="responses",request_max_retries=0,stream_max_retries=0}`;

async function agent({ model }) {
  await work((task, home) => ({
    program: process.execPath,
    args: [
      program, 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox',
      '-c', `model_providers.fairlead=${provider}`, '-c', 'model_provider="fairlead"', '-c', `model="${model}"`, task,
    ],
    env: { FAIRLEAD_KEY: scenario.key, CODEX_HOME: home },
  }));
}

await serve(version(import.meta.url, '@openai/codex'), { agent });
