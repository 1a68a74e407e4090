// The conversation with the runner: one JSON object a line, a question in, an answer out. See ../../doc.go.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export const scenario = JSON.parse(readFileSync(process.env.SCENARIO, 'utf8'));
export const gateway = process.env.GATEWAY_URL;

/** The version of an installed package, seen from the script at url. */
export function version(url, name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, url), 'utf8')).version;
}

/** A feature that makes sense with some providers only. */
export function only(providers, run) {
  return Object.assign(run, { providers });
}

/** Answers the runner's questions until there are no more. features maps a name to what is done for {provider, model}. */
export async function serve(versionText, features) {
  const has = Object.entries(features).map(([name, run]) => [name, run.providers ?? null]);
  say({ version: versionText, features: Object.fromEntries(has) });
  for await (const line of createInterface({ input: process.stdin })) {
    const { feature, provider, model } = JSON.parse(line);
    let detail = '';
    try {
      await features[feature]({ provider, model });
    } catch (error) {
      detail = describe(error);
      console.error(`${feature} ${provider}:`, error);
    }
    say({ feature, provider, ok: detail === '', detail });
  }
  process.exit(0); // some SDKs keep connections or timers
}

function say(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

/** An error in one line. */
function describe(error) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
  return (text || 'unknown error').replace(/\s+/g, ' ').slice(0, 600);
}

// What is thrown beside the cell that runs is that cell's fault too, but must not end the client.
process.on('unhandledRejection', (error) => console.error('unhandled:', error));
