import { readFileSync } from 'node:fs';

const README = new URL('../../README.md', import.meta.url);

/** Puts a section of the README in the place of `<!-- README: its heading -->` in the home page. */
export function readmeSections() {
  return {
    name: 'readme-sections',
    enforce: 'pre',
    transform(text, id) {
      return id.endsWith('site/index.md')
        ? text.replaceAll(/<!-- README: (.*) -->/g, (_comment, heading) => section(heading))
        : undefined;
    },
  };
}

function section(heading) {
  const [, rest] = readFileSync(README, 'utf8').split(`\n## ${heading}\n`);
  if (rest === undefined) {
    throw new Error(`the README has no section '${heading}': correct site/index.md`);
  }
  return `## ${heading}\n${rest.split('\n## ')[0]}`;
}
