import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMPILER } from '../support/compiler.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const samples = readdirSync(`${root}sample`).filter((name) => /^\d\d-/.test(name));
const run = promisify(execFile);

describe('the samples', () => {
  beforeAll(async () => {
    await run(process.execPath, [COMPILER, '-p', `${root}tsconfig.sample.json`]);
  }, 60_000);

  it.each(samples)('%s finds all as expected and exits by itself', async (sample) => {
    const { stdout } = await run(process.execPath, [`${root}dist-sample/${sample}/main.js`]);
    expect(stdout).toContain('All as expected.');
    if (process.env['CI']) {
      expect(stdout).not.toContain('skipped');
    }
  });
});
