import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { checkAnchors, githubAnchor } from './anchors.mjs';
import { readmeSections } from './readme.mjs';
import { guideSidebar, referenceSidebar } from './sidebar.mjs';

const { description, version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);
const repository = 'https://github.com/nestjs-remote/nestjs-remote';

export default defineConfig({
  title: 'nestjs-remote',
  description,
  // Of GitHub Pages.
  base: '/nestjs-remote/',
  cleanUrls: true,

  // The pages stand where GitHub and npm show them. Their addresses are their paths, as their links say.
  srcDir: '..',
  srcExclude: ['*.md', '!(docs|site)/**', 'site/node_modules/**'],
  rewrites: {
    'site/index.md': 'index.md',
    'site/reference/:page*': 'reference/:page*',
  },

  markdown: { anchor: { slugify: githubAnchor } },
  transformPageData({ filePath, frontmatter }) {
    frontmatter.editLink = filePath.startsWith('docs/');
  },
  buildEnd: checkAnchors,
  vite: { plugins: [readmeSections()] },

  themeConfig: {
    nav: [
      { text: 'Guide', link: '/docs/getting-started', activeMatch: '/docs/' },
      { text: 'Reference', link: '/reference/', activeMatch: '/reference/' },
      { text: version, link: `${repository}/blob/main/CHANGELOG.md` },
    ],
    sidebar: { '/docs/': guideSidebar(), '/reference/': referenceSidebar() },
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    editLink: { pattern: `${repository}/edit/main/:path`, text: 'Edit this page on GitHub' },
    socialLinks: [{ icon: 'github', link: repository }],
    externalLinkIcon: false,
  },
});
