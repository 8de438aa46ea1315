import { Command } from 'commander';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { type CurveKeyPair, curveKeyPair } from '../security/curve-key.js';
import { print, printStatus, toJson } from './output.js';

interface KeygenFlags {
  out?: string;
  json?: true;
  udp?: true;
}

/** `nestjs-remote keygen`: makes a key pair, or the one key of both sides of `udp://`. */
export function keygenCommand(): Command {
  return new Command('keygen')
    .description('make a key pair for encrypted connections')
    .option('-o, --out <PATH>', 'write PATH.key, for you alone, and PATH.pub; print neither')
    .option('-j, --json', 'print {"publicKey", "secretKey"}, with --udp {"key"}, or {"error"}')
    .option('-u, --udp', 'make the one key that both sides of udp:// have, for --udp-key')
    .addHelpText(
      'after',
      `
Example, a service that lets in one client:
  nestjs-remote keygen --out service
  nestjs-remote keygen --out ada
  echo "$(cat ada.pub) ada" > friends.txt
  nestjs-remote serve-echo tcp://*:5555 --secret-key service.key --allow friends.txt
  nestjs-remote call tcp://127.0.0.1:5555 echo hello --server-key service.pub --secret-key ada.key

The owner of a secret key is known by its public key. Files that exist are not overwritten.`,
    )
    .action(keygen);
}

async function keygen({ out, json, udp }: KeygenFlags): Promise<void> {
  if (udp) {
    await makeUdpKey(out, json);
    return;
  }
  const pair = curveKeyPair();
  if (out !== undefined) {
    await writePair(out, pair);
  } else if (json) {
    print(toJson(pair));
  } else {
    print(`public key  ${pair.publicKey}\nsecret key  ${pair.secretKey}`);
  }
}

/** @throws {RemoteCallError} `INVALID_ARGUMENT` where its file exists */
async function makeUdpKey(out: string | undefined, json: true | undefined): Promise<void> {
  const key = randomBytes(32).toString('hex');
  if (out !== undefined) {
    await writeNew(`${out}.key`, key);
    printStatus(`wrote ${out}.key`);
  } else {
    print(json ? toJson({ key }) : key);
  }
}

/** @throws {RemoteCallError} `INVALID_ARGUMENT` where one of the files exists */
async function writePair(path: string, { publicKey, secretKey }: CurveKeyPair): Promise<void> {
  await writeNew(`${path}.pub`, publicKey);
  try {
    await writeNew(`${path}.key`, secretKey);
  } catch (error) {
    await rm(`${path}.pub`);
    throw error;
  }
  printStatus(`wrote ${path}.key and ${path}.pub`);
}

async function writeNew(path: string, key: string): Promise<void> {
  try {
    await writeFile(path, `${key}\n`, { mode: path.endsWith('.key') ? 0o600 : 0o644, flag: 'wx' });
  } catch (cause) {
    const { code = 'UNKNOWN' } = cause as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? 'it exists, and nothing was overwritten' : code;
    throw new RemoteCallError(
      `cannot write ${path}: ${reason}`,
      {},
      { code: 'INVALID_ARGUMENT', cause },
    );
  }
}
