import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { vacantAddress } from '../robustness/processes.js';
import { COMPILER } from '../support/compiler.js';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A code block of a document, or one command of a block for the shell. */
export interface Snippet {
  document: string;
  language: string;
  /** The first line of the block, which names its file; in a shell, the command. Empty: none. */
  name: string;
  code: string;
}

/** The names of all documents: the README and the pages of `docs/`. */
export async function documentNames(): Promise<string[]> {
  const pages = await readdir(join(root, 'docs'));
  return ['README.md', ...pages.map((page) => `docs/${page}`)];
}

/** All code blocks of all documents, whatever their language. */
export async function readSnippets(): Promise<Snippet[]> {
  const documents = await documentNames();
  const snippets = await Promise.all(
    documents.map(async (document) =>
      snippetsOf(document, await readFile(join(root, document), 'utf8')),
    ),
  );
  return snippets.flat();
}

function snippetsOf(document: string, text: string): Snippet[] {
  return [...text.matchAll(/^ *```([^\n]*)\n(.*?)^ *```$/gms)].flatMap(
    ([, language = '', code = '']): Snippet[] =>
      language === 'sh'
        ? code
            .trimEnd()
            .split('\n')
            .map((line) => ({ document, language, name: line.replace(/\s+# .*/, ''), code: line }))
        : [{ document, language, name: /^(?:\/\/|#) (\S+)\n/.exec(code)?.[1] ?? '', code }],
  );
}

/**
 * The lines that a snippet says it prints: the comments behind `console.log`, `print` and commands.
 * A number of milliseconds stands for any.
 */
export function promisedOutput({ language, code }: Snippet): string[] {
  const comment =
    language === 'sh'
      ? / # (?:.* prints: )?(.*)$/gm
      : /(?:console\.log|print)\(.*\)\)?;?\s+(?:\/\/|#) (.*)$/gm;
  return [...code.matchAll(comment)].map(([, line = '']) => line.replace(/[\d.]+ ms\)$/, ''));
}

/** The folder of one run, with the compiled snippets. */
export class CompiledSnippets {
  private constructor(
    readonly folder: string,
    private readonly sockets: string,
    private readonly udpPort: number,
    /** Where the snippets look for etcd: `host:port`. */
    readonly etcd: string,
  ) {}

  /** Compiles the snippets as a user's project would. */
  static async compile(snippets: readonly Snippet[]): Promise<CompiledSnippets> {
    const sockets = await mkdtemp(join(tmpdir(), 'snippets-'));
    const etcd = (await vacantAddress()).slice('tcp://'.length);
    const compiled = new CompiledSnippets(
      join(root, 'dist-docs'),
      sockets,
      await vacantUdpPort(),
      etcd,
    );
    await compiled.write(snippets);
    await promisify(execFile)(process.execPath, [COMPILER, '-p', compiled.folder]).catch(
      (error: { stdout: string }) => {
        throw new Error(error.stdout);
      },
    );
    return compiled;
  }

  /** A text with its fixed ports turned into sockets of this run. */
  localized(text: string): string {
    return text
      .replaceAll(/tcp:\/\/127\.0\.0\.1:(\d+)/g, `ipc://${this.sockets}/$1`)
      .replaceAll('127.0.0.1:2379', this.etcd)
      .replaceAll(/udp:\/\/127\.0\.0\.1:\d+/g, `udp://127.0.0.1:${this.udpPort}`);
  }

  private async write(snippets: readonly Snippet[]): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder);
    for (const { language, name, code } of snippets) {
      if (['ts', 'python'].includes(language) && name !== '') {
        const path = join(this.folder, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, this.localized(code));
      }
    }
    const config = {
      extends: '../tsconfig.sample.json',
      compilerOptions: { rootDir: '.', outDir: '.', sourceMap: false },
      include: ['**/*.ts'],
      exclude: [],
    };
    await writeFile(join(this.folder, 'tsconfig.json'), JSON.stringify(config));
  }
}

async function vacantUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
