import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { ROOT } from '../support/root.js';

/** The inputs of a target that are kept: each once failed, and is tried in each run. */
export function keptInputs(target: string): Buffer[] {
  const folder = folderOf(target);
  try {
    return readdirSync(folder).map((name) => readInput(new URL(name, folder)));
  } catch {
    return []; // None has failed yet.
  }
}

/** Keeps an input that fails. @returns the path of its file, from the root of the repository */
export function keepInput(target: string, input: Buffer): string {
  const folder = folderOf(target);
  mkdirSync(folder, { recursive: true });
  const name = `${createHash('sha256').update(input).digest('hex').slice(0, 16)}.hex`;
  writeFileSync(new URL(name, folder), `${input.toString('hex')}\n`);
  return `test/fuzz/corpus/${target}/${name}`;
}

function readInput(file: URL): Buffer {
  return Buffer.from(readFileSync(file, 'utf8').replaceAll(/\s/g, ''), 'hex');
}

function folderOf(target: string): URL {
  return new URL(`test/fuzz/corpus/${target}/`, ROOT);
}
