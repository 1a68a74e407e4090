// Claude Code, asked without a terminal.
import { fileURLToPath } from 'node:url';
import { gateway, scenario, serve, version } from '../node/harness.mjs';
import { work } from './agent.mjs';

const program = fileURLToPath(new URL('node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs', import.meta.url));

async function agent({ model }) {
  await work((task) => ({
    program: process.execPath,
    args: [program, '--print', task, '--model', model, '--allowedTools', 'Write', '--output-format', 'json'],
    env: {
      ANTHROPIC_BASE_URL: gateway, ANTHROPIC_AUTH_TOKEN: scenario.key, ANTHROPIC_SMALL_FAST_MODEL: model,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1',
    },
  }));
}

await serve(version(import.meta.url, '@anthropic-ai/claude-code'), { agent });
