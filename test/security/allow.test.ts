import { Logger } from '@nestjs/common';
import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Allow, curveServer } from 'nestjs-remote';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fromZ85 } from '../../lib/nodes/z85.js';
import { ADA, BOB, SERVER, STRANGER } from './site.js';

async function file(
  text: string,
): Promise<{ path: string; write: (text: string) => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'allow-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'peers');
  const write = async (next: string): Promise<void> => {
    // As editors and orchestrators do it: another file in its place.
    await writeFile(`${path}.new`, next);
    await rename(`${path}.new`, path);
  };
  await write(text);
  return { path, write };
}

/** The names that the owners of keys come in under. */
async function namesOf(allow: Allow): Promise<(string | undefined)[]> {
  const security = curveServer({ secretKey: SERVER.secretKey, allow });
  const peers = [ADA, BOB, STRANGER].map(({ publicKey }) =>
    security.authorize(fromZ85(publicKey)!, '127.0.0.1'),
  );
  return (await Promise.all(peers)).map((peer) => peer?.name);
}

function create(allow: unknown): () => unknown {
  return () => curveServer({ secretKey: SERVER.secretKey, allow: allow as Allow });
}

describe('allow', () => {
  it('may be a list of keys, which are the names too', async () => {
    expect(await namesOf([ADA.publicKey, fromZ85(BOB.publicKey)!])).toEqual([
      ADA.publicKey,
      BOB.publicKey,
      undefined,
    ]);
  });

  it('may be an object or a Map of keys to names', async () => {
    const names = { [ADA.publicKey]: 'ada', [BOB.publicKey]: 'bob' };
    expect(await namesOf(names)).toEqual(['ada', 'bob', undefined]);
    expect(await namesOf(new Map(Object.entries(names)))).toEqual(['ada', 'bob', undefined]);
  });

  it('may be a function, which may take its time', async () => {
    const allow = async (key: string, address: string): Promise<string | boolean> =>
      key === ADA.publicKey ? `ada at ${address}` : key === BOB.publicKey;
    expect(await namesOf(allow)).toEqual(['ada at 127.0.0.1', BOB.publicKey, undefined]);
  });

  it('may be a file', async () => {
    const { path } = await file(
      `# friends\n\n${ADA.publicKey}  Ada Lovelace\n#${BOB.publicKey} bob\n`,
    );
    expect(await namesOf(path)).toEqual(['Ada Lovelace', undefined, undefined]);
    expect(await namesOf({ file: path })).toEqual(['Ada Lovelace', undefined, undefined]);
  });

  it.each<[string, unknown, string]>([
    ['left out', undefined, 'without it anybody could connect'],
    ['a key', ADA.publicKey, "write a single key as a list: ['key']"],
    ['a list of something else', ['ada'], 'its allow cannot be used: the text is no key'],
    ['a Set', new Set([ADA.publicKey]), 'give a list of public keys'],
    ['a promise', Promise.resolve([ADA.publicKey]), 'give a list of public keys'],
    ['a map without names', { [ADA.publicKey]: true }, 'each public key has a name'],
    [
      'no file',
      '/no/peers',
      "the file '/no/peers' of allow cannot be used: it cannot be read (ENOENT)",
    ],
  ])('cannot be %s', (_, allow, message) => {
    expect(create(allow)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('may be a file that lets nobody in', async () => {
    const { path } = await file('#\n');
    expect(await namesOf(path)).toEqual([undefined, undefined, undefined]);
  });

  it.each<[string, string, string]>([
    ['a line that is no key', `${ADA.publicKey} ada\nada\n`, 'line 2 is not a public key'],
    ['a key without a name', `${ADA.publicKey}\n`, 'line 1 is not a public key'],
    ['nothing in it', '', 'it is empty; write a line # where nobody may come in'],
    ['a key twice', `${ADA.publicKey} ada\n\n${ADA.publicKey} bob`, 'line 3 has the key of a line'],
  ])('cannot be a file with %s', async (_, text, message) => {
    const { path } = await file(text);
    expect(create(path)).toThrow(message);
  });
});

describe('a file of allow that changes', () => {
  it('is read again, while somebody listens', async () => {
    const { path, write } = await file(`${ADA.publicKey} ada`);
    const security = curveServer({ secretKey: SERVER.secretKey, allow: path });
    const nameOf = async (key: string): Promise<string | undefined> =>
      (await security.authorize(fromZ85(key)!, ''))?.name;
    const changed = vi.fn<() => void>();
    const stop = security.onChange(changed);
    await write(`${BOB.publicKey} bob`);
    await expect.poll(() => changed.mock.calls.length).toBe(1);
    expect([await nameOf(ADA.publicKey), await nameOf(BOB.publicKey)]).toEqual([undefined, 'bob']);
    stop();
    await write(`${ADA.publicKey} ada`);
    onTestFinished(security.onChange(changed));
    expect(await nameOf(ADA.publicKey)).toBe('ada');
  });

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    [
      'becomes wrong',
      (path) => writeFile(path, 'ada'),
      /line 1 is not a public key.*stays in force/,
    ],
    ['is emptied', (path) => truncate(path), /it is empty.*stays in force/],
    ['goes', (path) => rm(path), /it cannot be read \(ENOENT\).*stays in force/],
  ])(
    'keeps those in force who were there before where it %s, and the log says so',
    async (_, change, message) => {
      const log = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
      const { path } = await file(`${ADA.publicKey} ada`);
      const security = curveServer({ secretKey: SERVER.secretKey, allow: path });
      onTestFinished(security.onChange(() => undefined));
      await change(path);
      await expect.poll(() => String(log.mock.calls[0]?.[0])).toMatch(message);
      expect(await security.authorize(fromZ85(ADA.publicKey)!, '')).toMatchObject({ name: 'ada' });
    },
  );
});
