import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Service } from 'kubernetes-types/core/v1.js';
import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';

/** An object that a manifest describes. */
type KubernetesObject = Deployment | Service;

/** The objects of a folder that `kubectl apply -k` takes. */
export class Manifests {
  private readonly objects: KubernetesObject[];

  /** @param folder with a `kustomization.yaml` */
  constructor(folder: URL) {
    const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
    const { resources } = parse(read('kustomization.yaml')) as { resources: string[] };
    this.objects = resources.flatMap((name) =>
      parseAllDocuments(read(name)).map((document) => document.toJS() as KubernetesObject),
    );
  }

  deployment(name: string): Deployment {
    return this.find('Deployment', name) as Deployment;
  }

  service(name: string): Service {
    return this.find('Service', name) as Service;
  }

  private find(kind: string, name: string): KubernetesObject {
    const found = this.objects.find(
      (object) => object.kind === kind && object.metadata?.name === name,
    );
    if (!found) {
      throw new Error(`no manifest has the ${kind} ${name}`);
    }
    return found;
  }
}
