import { Logger } from '@nestjs/common';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { AllowedPeers } from './allowed-peers.js';
import { isKey } from './curve-key.js';

/** How often is looked whether the file has changed, in milliseconds. */
const INTERVAL = 500;

/**
 * A file of those who may connect. Each line is a public key (40 characters of Z85), blanks, and the
 * name of its owner. Empty lines and lines that begin with `#` are left out.
 *
 * A change that cannot be read is logged, and what was read before stays in force. That goes for a file
 * without any byte, too: whoever writes one anew empties it first. A line `#` alone lets nobody in.
 */
export class AllowFile implements AllowedPeers {
  private readonly logger = new Logger('curveServer');
  private text: string | undefined;
  private names: ReadonlyMap<string, string>;

  /** @throws {RemoteCallError} `INVALID_ARGUMENT` naming the file and the line that is wrong */
  constructor(private readonly path: string) {
    this.names = this.read() ?? new Map();
  }

  nameOf(publicKey: string): string | undefined {
    return this.names.get(publicKey);
  }

  watch(changed: () => void): () => void {
    const look = (): void => {
      try {
        const names = this.read();
        if (names) {
          this.names = names;
          changed();
        }
      } catch (error) {
        this.logger.error(
          `${(error as Error).message}; the list that was read before stays in force`,
        );
      }
    };
    // By its path, again and again: editors and orchestrators put another file in its place.
    watchFile(this.path, { interval: INTERVAL, persistent: false }, look);
    look(); // It may have changed while nobody listened.
    return () => unwatchFile(this.path, look);
  }

  /** @returns undefined where nothing has changed */
  private read(): ReadonlyMap<string, string> | undefined {
    const text = this.readText();
    if (text === this.text) {
      return undefined;
    }
    const names = parseAllowed(text, this.path);
    this.text = text;
    return names;
  }

  private readText(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (cause) {
      const { code = 'UNKNOWN' } = cause as NodeJS.ErrnoException;
      throw fileError(this.path, `it cannot be read (${code})`);
    }
  }
}

/** @throws {RemoteCallError} `INVALID_ARGUMENT` naming the file and the line that is wrong */
function parseAllowed(text: string, path: string): ReadonlyMap<string, string> {
  if (text === '') {
    throw fileError(path, 'it is empty; write a line # where nobody may come in');
  }
  const names = new Map<string, string>();
  text.split('\n').forEach((full, index) => {
    const line = full.trim();
    // No key begins with `#`: that digit of Z85 would be too large there.
    if (line === '' || line.startsWith('#')) {
      return;
    }
    const place = `line ${index + 1}`;
    const [, key = '', name = ''] = /^(\S+)\s+(.+)$/.exec(line) ?? [];
    if (!isKey(key)) {
      throw fileError(path, `${place} is not a public key (40 characters of Z85) and a name`);
    }
    if (names.has(key)) {
      throw fileError(path, `${place} has the key of a line before it`);
    }
    names.set(key, name);
  });
  return names;
}

function fileError(path: string, reason: string): RemoteCallError {
  return new RemoteCallError(
    `option security: the file '${path}' of allow cannot be used: ${reason}`,
    { option: 'security.allow', file: path },
    { code: 'INVALID_ARGUMENT' },
  );
}
