import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** The anchor that GitHub makes of a heading, so that links to headings work on both. */
export function githubAnchor(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/**
 * Rejects, naming them, if links of the built site lead to headings that do not exist. VitePress itself
 * looks at the pages alone.
 */
export async function checkAnchors({ outDir, site: { base } }) {
  const entries = await readdir(outDir, { recursive: true });
  const files = entries.filter((file) => file.endsWith('.html'));
  const pages = new Map(await Promise.all(files.map(async (file) => readPage(outDir, file))));
  const dead = [...pages].flatMap(([path, { links }]) =>
    links
      .map((link) => new URL(link, `https://site${base}${path}`))
      .filter(({ host, hash }) => host === 'site' && hash !== '')
      .filter(({ pathname, hash }) => {
        const target = pages.get(pathname.slice(base.length));
        return target !== undefined && !target.anchors.has(decodeURIComponent(hash.slice(1)));
      })
      .map(({ pathname, hash }) => `${path}: ${pathname}${hash}`),
  );
  if (dead.length > 0) {
    throw new Error(`links to headings that do not exist:\n${dead.join('\n')}`);
  }
}

async function readPage(outDir, file) {
  const html = await readFile(join(outDir, file), 'utf8');
  const path = relative('.', file)
    .split(sep)
    .join('/')
    .replace(/(^|(?<=\/))index\.html$|\.html$/, '');
  return [
    path,
    {
      anchors: new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, anchor]) => anchor)),
      links: [...html.matchAll(/ href="([^"]+)"/g)].map(([, link]) => link),
    },
  ];
}
