import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the Python module offers. */
const PUBLIC_NAMES = [
  'RemoteCallError',
  'MessageType',
  'Node',
  'DatagramNode',
  'SocketNode',
  'route',
  'Endpoint',
  'RequestTracker',
  'Client',
  'issue_call',
  'call',
  'Handler',
  'dispatch',
  'Service',
  'Router',
  'Router.bind',
];

const text = await readFile(join(root, 'docs/from-python.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => /^\| (?!Python \|)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const proofs = rows.map((cells) => {
  const [, title, path] = /^\[([^\]]+)\]\(\S+\/(test\/[^)]+)\)$/.exec(cells.at(-2) ?? '') ?? [];
  return { name: cells[1] ?? '', title, path };
});

describe('docs/from-python.md', () => {
  it.each(PUBLIC_NAMES)('has a row for %s', (name) => {
    const pattern = new RegExp(`\`${name.replace('.', String.raw`\.`)}[(\`\\.]`);
    expect(proofs.some((proof) => pattern.test(proof.name))).toBe(true);
  });

  it.each(proofs)('names a test that exists: $name', async ({ title, path }) => {
    expect(title).toBeDefined();
    const source = await readFile(join(root, path ?? ''), 'utf8');
    const quoted = ["'", '"', '`'].map((quote) => `${quote}${title}${quote}`);
    expect(quoted.some((literal) => source.includes(literal))).toBe(true);
  });
});
