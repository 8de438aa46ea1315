import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from './snippets.js';

/** Where links begin that leave the packed package for a file or a folder of the repository. */
const REPOSITORY = /^https:\/\/github\.com\/nestjs-remote\/nestjs-remote\/(?:blob|tree)\/main\//u;

/** Blocks and spans of code, where brackets are no links. */
const CODE = /^```.*?^```$|`[^`\n]*`/gms;

/** A document without its blocks and spans of code. */
export function proseOf(text: string): string {
  return text.replaceAll(CODE, '');
}

/** A link of a document to another file, or to a heading. */
export interface Link {
  /** As it is written. */
  text: string;
  /** The file or folder that it leads to, as a path in the repository. */
  path: string;
  /** The heading there. */
  anchor: string | undefined;
  /** Whether it is written with the whole address of the repository. */
  isAbsolute: boolean;
}

/** The links of a document to files of the repository, pictures among them. */
export async function linksOf(document: string): Promise<Link[]> {
  const text = proseOf(await readFile(join(root, document), 'utf8'));
  const targets = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => REPOSITORY.test(target) || !/^\w+:/.test(target))
    .map((target) => {
      const isAbsolute = REPOSITORY.test(target);
      const [file = '', anchor] = target.replace(REPOSITORY, '').split('#');
      const folder = isAbsolute ? '' : dirname(document);
      return {
        text: target,
        path: file === '' ? document : join(folder, file),
        anchor,
        isAbsolute,
      };
    });
}
