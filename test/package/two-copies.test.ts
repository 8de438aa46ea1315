import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;

let folder: string;
let report: Record<string, unknown>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-remote-copy-'));
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const copies = [root, folder].map((copy) => pathToFileURL(join(copy, 'dist/index.js')).href);
  const fixture = join(root, 'test/fixtures/two-copies.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [fixture, ...copies]);
  report = JSON.parse(stdout) as Record<string, unknown>;
});

afterAll(() => rm(folder, { recursive: true }));

describe('two copies of the package in one process', () => {
  it('are two', () => {
    expect(report['areCopies']).toBe(true);
  });

  it("understand each other's records", () => {
    expect(report).toMatchObject({ positional: 3, metadata: ['payload', { key: 'text' }] });
  });

  it("encode each other's tags and simple values", () => {
    expect(report).toMatchObject({ tag: { tag: 37, value: 'id' }, simple: { value: 9 } });
  });

  it("recognise each other's objects by instanceof", () => {
    expect(report['recognised']).toEqual({ record: true, tag: true, simple: true, error: true });
  });

  it('mistake nothing else for them', () => {
    expect(report['mistaken']).toEqual({
      tagForSimple: false,
      tagForSubclass: false,
      objectForTag: false,
      nullForTag: false,
    });
  });
});
