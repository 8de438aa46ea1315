import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './snippets.js';

/** Texts of Nest, of the compiler and of Jest, not of this package. */
const FOREIGN = /^(serverInstance|TS\d|Must use import)/;

const page = await readFile(join(root, 'docs/troubleshooting.md'), 'utf8');
const source = await readSource();

async function readSource(): Promise<string> {
  const entries = await readdir(join(root, 'lib'), { recursive: true, withFileTypes: true });
  const texts = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8'));
  // A literal of several lines is one text.
  return (await Promise.all(texts)).join('\n').replaceAll(/['`] \+\s+['`]/g, '');
}

/** The texts in backquotes in the first column of a section's table. */
function quoted(section: string): string[] {
  const [, text = ''] = page.split(`## ${section}\n`);
  return (text.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, match = '']) => match);
}

/** The parts of a message that are the same for every name, address and number. */
function constantParts(message: string): string[] {
  return message.split(/'x'|tcp:\/\/…|…|\d+|EADDRINUSE/).filter((part) => part.trim() !== '');
}

describe('docs/troubleshooting.md', () => {
  it.each(quoted('Messages').filter((message) => !FOREIGN.test(message)))(
    'quotes a message that exists: %s',
    (message) => {
      expect(constantParts(message).filter((part) => !source.includes(part))).toEqual([]);
    },
  );

  it.each(quoted('Dropped messages'))('names a reason that exists: %s', (reason) => {
    expect(source).toContain(`'${reason}'`);
  });
});
