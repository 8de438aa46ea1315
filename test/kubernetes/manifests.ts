import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { COMPILER } from '../support/compiler.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const require = createRequire(import.meta.url);

/** An object of Kubernetes, as a manifest describes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
}

/** A class of `kubernetes-models`, which has the schema of one kind. */
type Model = new (manifest: Manifest) => { validate(): void };

/**
 * The objects that a text of YAML describes.
 *
 * @param name what to call the text in an error
 */
export function parseManifests(name: string, text: string): Manifest[] {
  return parseAllDocuments(text, { stringKeys: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) {
      throw new Error(`${name}: ${problem.message}`);
    }
    return document.toJS() as Manifest;
  });
}

/**
 * What Kubernetes would refuse in manifests: unknown fields, fields that are missing, values that its
 * JSON schemas do not take. Empty: nothing.
 */
export async function faultsOf(manifests: readonly Manifest[]): Promise<string> {
  return [...manifests.map(faultsOfValues), await faultsOfFields(manifests)].join('');
}

/** What Kubernetes' schemas say. They let unknown fields through. */
function faultsOfValues(manifest: Manifest): string {
  const { apiVersion, kind } = manifest;
  try {
    const models = require(`kubernetes-models/${apiVersion}`) as Record<string, Model>;
    const Model = models[kind];
    if (!Model) {
      throw new Error(`${apiVersion} has no such kind`);
    }
    new Model(manifest).validate();
    return '';
  } catch (error) {
    return `${kind}: ${(error as Error).message}\n`;
  }
}

/** What the compiler says: the types that are made of the schemas let no unknown field through. */
async function faultsOfFields(manifests: readonly Manifest[]): Promise<string> {
  const folder = await mkdtemp(join(root, 'dist-manifests-'));
  const path = join(folder, 'manifests.ts');
  await writeFile(path, manifests.map(declarationOf).join('\n'));
  const options = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--types', ''];
  try {
    await promisify(execFile)(process.execPath, [COMPILER, ...options, path]);
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function declarationOf(manifest: Manifest, index: number): string {
  const { apiVersion, kind } = manifest;
  const [version = '', group = 'core'] = apiVersion.split('/').toReversed();
  const module = `${group.replace(/\..*/u, '')}/${version}`;
  const type = `import('kubernetes-types/${module}').${kind}`;
  return `export const manifest${index}: ${type} = ${JSON.stringify(manifest, null, 2)};`;
}
