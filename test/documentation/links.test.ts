import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Link, linksOf } from './links.js';
import { documentNames, root } from './snippets.js';

const documents = [
  ...(await documentNames()),
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'sample/README.md',
];

/** The anchors that GitHub makes of a document's headings. */
async function anchorsOf(path: string): Promise<string[]> {
  const text = await readFile(join(root, path), 'utf8');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

async function isBroken({ path, anchor }: Link): Promise<boolean> {
  const exists = await stat(join(root, path)).then(
    () => true,
    () => false,
  );
  return !exists || (anchor !== undefined && !(await anchorsOf(path)).includes(anchor));
}

describe('links', () => {
  it.each(documents)('lead to a file and a heading that exist: %s', async (document) => {
    const links = await linksOf(document);
    const broken = await Promise.all(links.map(isBroken));
    expect(links.filter((_link, index) => broken[index])).toEqual([]);
  });

  it('of the README lead to every page', async () => {
    const paths = new Set((await linksOf('README.md')).map(({ path }) => path));
    const pages = documents.filter((document) => document.startsWith('docs/'));
    expect(pages.filter((page) => !paths.has(page))).toEqual([]);
  });
});
