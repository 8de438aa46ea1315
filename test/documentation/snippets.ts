import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;

/** A code block of a document: its first line names it. */
export interface Snippet {
  document: string;
  name: string;
  code: string;
}

/** All code blocks in TypeScript or Python of the README and of `docs/`. */
export async function readSnippets(): Promise<Snippet[]> {
  const documents = [
    'README.md',
    ...(await readdir(join(root, 'docs'))).map((file) => `docs/${file}`),
  ];
  const snippets = await Promise.all(
    documents.map(async (document) => {
      const text = await readFile(join(root, document), 'utf8');
      return [...text.matchAll(/```(?:ts|python)\n(?:\/\/|#) (\S+)\n(.*?)```/gs)].map(
        ([, name = '', code = '']) => ({ document, name, code }),
      );
    }),
  );
  return snippets.flat();
}

/** How many code blocks in TypeScript or Python there are, named or not. */
export async function countCodeBlocks(): Promise<number> {
  const documents = [
    'README.md',
    ...(await readdir(join(root, 'docs'))).map((file) => `docs/${file}`),
  ];
  const texts = await Promise.all(
    documents.map((document) => readFile(join(root, document), 'utf8')),
  );
  return texts.join('\n').match(/^```(ts|python)$/gm)?.length ?? 0;
}

/** The lines that a snippet says it prints: the comments behind `console.log` and `print`. */
export function promisedOutput({ code }: Snippet): string[] {
  return [...code.matchAll(/(?:console\.log|print)\(.*\)\)?;?\s+(?:\/\/|#) (.*)$/gm)].map(
    ([, line = '']) => line,
  );
}

/**
 * Compiles the snippets as a user's project would, with fixed ports turned into sockets of this run.
 *
 * @returns the folder with a file for each snippet
 */
export async function compileSnippets(snippets: readonly Snippet[]): Promise<string> {
  const sockets = await mkdtemp(join(tmpdir(), 'snippets-'));
  const folder = join(root, 'dist-docs');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const { name, code } of snippets) {
    await writeFile(
      join(folder, name),
      code.replaceAll(/tcp:\/\/127\.0\.0\.1:(\d+)/g, `ipc://${sockets}/$1`),
    );
  }
  const config = {
    extends: '../tsconfig.sample.json',
    compilerOptions: { rootDir: '.', outDir: '.', sourceMap: false },
    include: ['*.ts'],
    exclude: [],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', folder]).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout);
    },
  );
  return folder;
}

/** A snippet that runs in a process of its own. */
export class RunningSnippet {
  private text = '';
  private readonly child;
  private readonly exit;

  constructor(command: string, args: readonly string[]) {
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    this.exit = new Promise<number | null>((resolve) => this.child.once('close', resolve));
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.exit;
    });
  }

  /** All that it has printed. */
  get output(): string {
    return this.text;
  }

  /** Ends it as an operator would. */
  terminate(): void {
    this.child.kill('SIGTERM');
  }

  /** The exit code, once it has ended. */
  ended(): Promise<number | null> {
    return this.exit;
  }
}
