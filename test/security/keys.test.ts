import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  type CurveKeySource,
  type NodeSecurity,
  RemoteClient,
  RemoteServer,
  Router,
  SocketNode,
  curveClient,
  curveKeyPair,
  curveServer,
} from 'nestjs-remote';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { curveKeyPair as curveKeyPairOfLibzmq } from 'zeromq';
import { ENGINES } from '../../lib/nodes/engine.js';
import { fromZ85, toZ85 } from '../../lib/nodes/z85.js';
import { ADA, FRIENDS, SERVER, STRANGER, securedClient, startSecured } from './site.js';

/** The text of what fails. */
function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return inspect(error, { depth: null });
  }
  return 'nothing failed';
}

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'math.key');
  await writeFile(path, text);
  return path;
}

function serverKeyOf(secretKey: CurveKeySource): string {
  return toZ85(curveServer({ secretKey, allow: [] }).publicKey);
}

describe('Z85', () => {
  it('is that of the specification', () => {
    const bytes = Buffer.from('864fd26fb559f75b', 'hex');
    expect(toZ85(bytes)).toBe('HelloWorld');
    expect(fromZ85('HelloWorld')).toEqual(bytes);
  });

  it.each(['HelloWorl', 'Hello orld', '#####', 'Hell\u00E9World'])('is not %s', (text) => {
    expect(fromZ85(text)).toBeUndefined();
  });
});

describe('a key', () => {
  it('has the public key that libzmq finds for it', () => {
    const { publicKey, secretKey } = curveKeyPairOfLibzmq();
    expect(serverKeyOf(secretKey)).toBe(publicKey);
  });

  it.each<[string, () => CurveKeySource | Promise<CurveKeySource>]>([
    ['text', () => SERVER.secretKey],
    ['bytes', () => fromZ85(SERVER.secretKey)!],
    ['a file', async () => ({ file: await fileOf(`${SERVER.secretKey}\n`) })],
    [
      'an environment variable',
      () => {
        vi.stubEnv('MATH_SECRET_KEY', SERVER.secretKey);
        return { env: 'MATH_SECRET_KEY' };
      },
    ],
  ])('may be %s', async (_, source) => {
    expect(serverKeyOf(await source())).toBe(SERVER.publicKey);
  });

  it.each<[string, () => CurveKeySource, string]>([
    ['of the wrong length', () => SERVER.secretKey.slice(1), 'the text is no key'],
    ['with a character of its own', () => `${SERVER.secretKey.slice(1)}"`, 'the text is no key'],
    ['of 31 bytes', () => fromZ85(SERVER.secretKey)!.subarray(1), 'it has 31 bytes'],
    ['of another type', () => ({}) as CurveKeySource, 'give 40 characters of Z85, 32 bytes, { env'],
    ['in no variable', () => ({ env: 'NO_KEY' }), 'the environment variable NO_KEY is not set'],
    [
      'that stands for the name of a variable',
      () => ({ env: SERVER.secretKey }),
      'a place whose name looks like a key, and is not shown, is not set',
    ],
    [
      'that stands for the name of a file',
      () => ({ file: SERVER.secretKey }),
      'a place whose name looks like a key, and is not shown, cannot be read (ENOENT)',
    ],
    ['in no file', () => ({ file: '/no/key' }), "the file '/no/key' cannot be read (ENOENT)"],
  ])('%s is refused without showing it', (_, source, reason) => {
    const text = messageOf(() => curveServer({ secretKey: source(), allow: [] }));
    expect(text).toContain(`option security: its secretKey cannot be used: ${reason}`);
    expect(text).not.toContain(SERVER.secretKey.slice(1, -1));
  });

  it('of another pair is refused without showing it', () => {
    const text = messageOf(() =>
      curveClient({ serverKey: SERVER.publicKey, ...ADA, publicKey: STRANGER.secretKey }),
    );
    expect(text).toContain('its publicKey cannot be used: it does not belong to secretKey');
    expect(text).not.toContain(STRANGER.secretKey);
  });
});

describe('a secret key', () => {
  /** How it may be shown, without blanks. */
  function formsOf(key: string): string[] {
    const bytes = fromZ85(key)!;
    return [key, bytes.toString('hex'), bytes.toString('base64'), bytes.join(',')];
  }

  it('is in no JSON and no inspection of what has it', async () => {
    const server = curveServer({ secretKey: SERVER.secretKey, allow: FRIENDS });
    const client = curveClient({ serverKey: SERVER.publicKey, ...ADA });
    const running: unknown[] = [
      new SocketNode({ type: 'dealer', connect: ['tcp://127.0.0.1:9'], security: client }),
    ];
    for (const engine of ENGINES) {
      const service = await startSecured(engine, { security: server });
      const caller = securedClient(engine, service.address, ADA);
      await caller.connect();
      const sides = { frontend: 'tcp://127.0.0.1:*', backend: 'tcp://127.0.0.1:*' };
      running.push(service.server, caller, new Router({ ...sides, engine, security: server }));
    }
    const options = [server, client, { bind: 'tcp://127.0.0.1:*', security: server }];
    const texts = [
      ...options.map((value) => JSON.stringify(value)),
      ...[...options, ...running].map((value) =>
        inspect(value, { depth: null, showHidden: true, maxArrayLength: null }),
      ),
    ].map((text) => text.replaceAll(/\s/g, ''));
    const shows = (key: string): boolean =>
      formsOf(key).some((form) => texts.some((text) => text.includes(form)));
    expect([SERVER.publicKey, ADA.publicKey].map(shows)).toEqual([true, true]);
    expect([SERVER.secretKey, ADA.secretKey].map(shows)).toEqual([false, false]);
  });

  it('is not in the error of an option of the wrong type', () => {
    const security = { secretKey: SERVER.secretKey } as unknown as NodeSecurity;
    for (const create of [
      () => new RemoteServer({ bind: 'tcp://127.0.0.1:*', security }),
      () => new RemoteClient({ connect: 'tcp://127.0.0.1:9', security }),
      () => curveServer(SERVER.secretKey as never),
      () => curveServer({ secret: SERVER.secretKey, allow: [] } as never),
    ]) {
      const text = messageOf(create);
      expect(text).toMatch(/give (curveServer|an object)|there is no secret;/);
      expect(text).not.toContain(SERVER.secretKey);
    }
  });
});

describe('a key pair', () => {
  it('is another one each time', () => {
    expect(curveKeyPair()).not.toEqual(curveKeyPair());
  });
});
