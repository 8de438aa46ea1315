import { curveKeyPair } from 'nestjs-remote';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with keys, as `npx nestjs-remote keygen --out` writes them, and a file of who may connect. */
export class KeyFolder {
  private constructor(private readonly path: string) {}

  static async create(): Promise<KeyFolder> {
    return new KeyFolder(await mkdtemp(join(tmpdir(), 'keys-')));
  }

  /**
   * Makes a pair: the secret key in `name.key`, which its owner alone can read, and the public one in
   * `name.pub`.
   *
   * @returns the public key
   */
  async generate(name: string): Promise<string> {
    const { secretKey, publicKey } = curveKeyPair();
    await writeFile(this.file(`${name}.key`), secretKey, { mode: 0o600 });
    await writeFile(this.file(`${name}.pub`), publicKey);
    return publicKey;
  }

  /** Writes a file with a public key and a name in each line. Servers that use it read it again. */
  async allow(file: string, peers: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries(peers).map(([publicKey, name]) => `${publicKey} ${name}\n`);
    // In one step: a server never reads half of it.
    await writeFile(this.file(`${file}.next`), lines.join(''));
    await rename(this.file(`${file}.next`), this.file(file));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}
