import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../documentation/snippets.js';

/** What, TCP, here, what to change. */
const COLUMNS = 4;

const text = await readFile(join(root, 'docs/moving-from-tcp.md'), 'utf8');
const [differing = '', same = ''] = text.split('## What stays\n');

/** The first cells of the tables that say what differs, and the items of the list of what stays. */
export const page = {
  differences: differing
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what |'))
    .map((line) => line.slice(2, -2).split(' | '))
    .filter((cells) => cells.length === COLUMNS)
    .map(([name]) => name),
  same: same
    .split('\n')
    .filter((line) => line.startsWith('- '))
    .map((line) => line.slice(2)),
};
