// One task for a coding agent: in an empty folder, create a file with your own tools.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from '../node/harness.mjs';

/** Runs command(task, home) in a folder of its own, and checks that the file is there. home is for the agent's own files. */
export async function work(command) {
  const home = mkdtempSync(join(process.env.WORK, 'home-'));
  const folder = mkdtempSync(join(process.env.WORK, 'task-'));
  const file = join(folder, 'hello.txt');
  const { program, args, env } = command(scenario.prompts.task.replace('PATH', file), home);
  const { code, output } = await run(program, args, { cwd: folder, env: { ...process.env, HOME: home, ...env } });
  assert.equal(code, 0, `the agent ended with ${code}: ${output.slice(-400)}`);
  assert.equal(content(file, output).trim(), scenario.answers.task);
  return output;
}

function content(file, output) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return assert.fail(`the agent created no file; it said: ${output.slice(-400)}`);
  }
}

function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    child.on('error', reject);
    child.on('close', (code) => {
      console.error(output);
      resolve({ code, output });
    });
  });
}
