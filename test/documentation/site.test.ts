import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { guideSidebar } from '../../site/.vitepress/sidebar.mjs';
import { proseOf } from './links.js';
import { documentNames, root } from './snippets.js';

it('the sidebar of the site has each page once, and no others', async () => {
  const links = guideSidebar().flatMap(({ items = [] }) => items.map(({ link }) => `${link}.md`));
  const pages = (await documentNames()).filter((name) => name.startsWith('docs/'));
  expect(links.toSorted()).toEqual(pages.map((page) => `/${page}`).toSorted());
});

it('no page has syntax that the site understands and GitHub does not', async () => {
  for (const name of await documentNames()) {
    const text = await readFile(join(root, name), 'utf8');
    expect(text.startsWith('---'), name).toBe(false);
    expect(proseOf(text), name).not.toMatch(/^:::|^<<<|@include|\{\{|\[\[toc\]\]|<script|<style/im);
  }
});
