import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { COMPILER } from '../support/compiler.js';
import type { Snippet } from './snippets.js';

/** An object of Kubernetes, as a manifest describes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
}

/** The objects that a snippet of YAML describes. */
export function manifestsOf({ name, code }: Snippet): Manifest[] {
  return parseAllDocuments(code, { stringKeys: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) {
      throw new Error(`${name}: ${problem.message}`);
    }
    return document.toJS() as Manifest;
  });
}

/**
 * What the compiler says against manifests that Kubernetes would refuse: unknown fields, values of a
 * wrong type. Empty: nothing.
 *
 * @param parent a folder of this repository, where the types of Kubernetes are found
 */
export async function checkManifests(
  manifests: readonly Manifest[],
  parent: string,
): Promise<string> {
  const folder = await mkdtemp(join(parent, 'manifests-'));
  const path = join(folder, 'manifests.ts');
  await writeFile(path, manifests.map(declarationOf).join('\n'));
  const options = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--types', ''];
  return promisify(execFile)(process.execPath, [COMPILER, ...options, path]).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

function declarationOf(manifest: Manifest, index: number): string {
  const { apiVersion, kind } = manifest;
  const module = apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`;
  const type = `import('kubernetes-types/${module}').${kind}`;
  return `export const manifest${index}: ${type} = ${JSON.stringify(manifest, null, 2)};`;
}
