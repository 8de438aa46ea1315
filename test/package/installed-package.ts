import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { COMPILER } from '../support/compiler.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);

/** A user's project, elsewhere, with the packed package installed. */
export interface Project {
  folder: string;
  /** The paths of the files in the tarball. */
  files: readonly string[];
}

/**
 * Packs the package and installs the tarball into a project in a new folder, whose path has a space.
 *
 * It needs no network: npm unpacks and links the package's command, and the dependencies and peers
 * are links to those of this repository. The scripts are left out, since `prepack` would remove the
 * built files for a moment, which other tests run.
 */
export async function installPacked(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-remote user-'));
  const { stdout } = await npm(
    root,
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    folder,
  );
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  await mkdir(join(folder, 'node_modules/nestjs-remote'), { recursive: true });
  const unpack = [
    '-xzf',
    packed.filename,
    '--strip-components=1',
    '-C',
    'node_modules/nestjs-remote',
  ];
  await execute('tar', unpack, { cwd: folder });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) {
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
  }
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', dependencies: { 'nestjs-remote': '*' } }),
  );
  await npm(folder, 'rebuild', 'nestjs-remote', '--offline', '--ignore-scripts');
  return { folder, files: packed.files.map(({ path }) => path) };
}

/** Writes a file of the project. */
export async function write({ folder }: Project, name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
}

/** Runs a program in the project, and gives what it prints. */
export async function runIn(
  { folder }: Project,
  command: string,
  ...args: string[]
): Promise<string> {
  // Where the tests run by `npx -p node@24 -- npm test`, npx would take that package for its own.
  const { npm_config_package: _outer, ...env } = process.env;
  const { stdout } = await execute(command, args, { cwd: folder, env });
  return stdout;
}

/** Checks the types of a project's files, as the compiler of its user does. */
export async function compile(project: Project, ...files: string[]): Promise<string> {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noEmit: true,
    types: ['node'],
    experimentalDecorators: true,
  };
  await writeFile(
    join(project.folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files }),
  );
  return compileConfigured(project);
}

/** Runs the compiler by the project's own `tsconfig.json`, and gives what it prints. */
export async function compileConfigured(project: Project): Promise<string> {
  return execute(process.execPath, [COMPILER, '-p', project.folder]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

function npm(cwd: string, ...args: string[]): Promise<{ stdout: string }> {
  return execute('npm', args, { cwd });
}
