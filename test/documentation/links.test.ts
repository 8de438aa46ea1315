import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentNames, root } from './snippets.js';

const documents = [
  ...(await documentNames()),
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'sample/README.md',
];

/** Blocks and spans of code, where brackets are no links. */
const CODE = /^```.*?^```$|`[^`\n]*`/gms;

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

async function isBroken(document: string, link: string): Promise<boolean> {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? document : join(dirname(document), file);
  const exists = await stat(join(root, path)).then(
    () => true,
    () => false,
  );
  return !exists || (anchor !== undefined && !(await anchorsOf(path)).includes(anchor));
}

describe('links', () => {
  it.each(documents)('lead to a file and a heading that exist: %s', async (document) => {
    const text = (await readFile(join(root, document), 'utf8')).replaceAll(CODE, '');
    const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link);
    const broken = await Promise.all(links.map((link) => isBroken(document, link)));
    expect(links.filter((_link, index) => broken[index])).toEqual([]);
  });

  it('of the README lead to every page', async () => {
    const text = await readFile(join(root, 'README.md'), 'utf8');
    const pages = documents.filter((document) => document.startsWith('docs/'));
    expect(pages.filter((page) => !text.includes(`](${page})`))).toEqual([]);
  });
});
