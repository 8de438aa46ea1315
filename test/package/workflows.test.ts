import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../documentation/snippets.js';

function workflow(name: string): Promise<string> {
  return readFile(join(root, '.github/workflows', name), 'utf8');
}

it('the tests run with each major version of Node that the package supports', async () => {
  const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  expect(engines.node).toBe('^20.19.0 || >=22.12.0');
  expect(await workflow('ci.yml')).toContain('node: [20, 22, 24]');
});

it('a release is tested, and published with its provenance', async () => {
  const text = await workflow('publish.yml');
  expect(text).toContain('id-token: write');
  expect(text).toMatch(/run: \.ci\/run[^]*run: npm publish --provenance/);
});

it('the site is built as the tests build it, and only its deployment may write', async () => {
  const text = await workflow('site.yml');
  expect(text).toMatch(/npm run docs:build[^]*path: site\/\.vitepress\/dist/);
  const [build = '', deploy = ''] = text.split('  deploy:\n');
  expect(build).not.toContain('write');
  expect(deploy).toContain('pages: write');
});
