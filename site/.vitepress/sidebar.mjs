import { readFileSync, readdirSync } from 'node:fs';

const DOCS = new URL('../../docs/', import.meta.url);

/** The groups of the sidebar: each page of `docs` by the text that stands for it. */
const groups = JSON.parse(readFileSync(new URL('sidebar.json', import.meta.url), 'utf8'));

/** The sidebar of the guide. A page that `sidebar.json` does not place stands in the last group, by its title. */
export function guideSidebar() {
  const placed = new Set(Object.values(groups).flatMap((pages) => Object.values(pages)));
  const rest = readdirSync(DOCS).filter((page) => !placed.has(page));
  const sidebar = Object.entries(groups).map(([text, pages]) => ({
    text,
    items: Object.entries(pages).map(([title, page]) => item(title, page)),
  }));
  sidebar.at(-1).items.push(...rest.map((page) => item(titleOf(page), page)));
  return sidebar;
}

/** The sidebar of the reference, as TypeDoc has written it. */
export function referenceSidebar() {
  const navigation = new URL('../reference/navigation.json', import.meta.url);
  return JSON.parse(readFileSync(navigation, 'utf8')).map(referenceItem);
}

function item(text, page) {
  return { text, link: `/docs/${page.replace(/\.md$/, '')}` };
}

function titleOf(page) {
  const [, title] = /^# (.*)$/m.exec(readFileSync(new URL(page, DOCS), 'utf8'));
  return title.replaceAll('`', '');
}

function referenceItem({ title, path, children }) {
  return {
    text: title,
    ...(path && { link: `/reference/${path.replace(/(index)?\.md$/, '')}` }),
    ...(children && { items: children.map(referenceItem) }),
  };
}
