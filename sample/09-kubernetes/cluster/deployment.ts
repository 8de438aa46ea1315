import type { Deployment as DeploymentManifest } from 'kubernetes-types/apps/v1.js';
import type { PodSpec } from 'kubernetes-types/core/v1.js';
import type { Pod } from './pod.js';

/** What a Deployment needs of its cluster. */
export interface DeploymentOptions {
  start: (name: string, spec: PodSpec) => Pod;
  /** Tells the cluster that pods have become ready, or are to end. */
  changed: () => void;
  /** Waits until the callers of a new pod know it: what `minReadySeconds` is for. */
  known: (pod: Pod) => Promise<void>;
}

/** Keeps a number of pods, and replaces them one after another. */
export class Deployment {
  /** Those that are ready, and stay. */
  pods: readonly Pod[] = [];
  private started = 0;

  constructor(
    private readonly manifest: DeploymentManifest,
    private readonly options: DeploymentOptions,
  ) {}

  get name(): string {
    return this.manifest.metadata?.name ?? '';
  }

  get labels(): Record<string, string> {
    return this.manifest.spec?.template.metadata?.labels ?? {};
  }

  /**
   * Starts or ends pods until there are so many.
   *
   * @param replicas default: what the manifest says
   * @returns how those ended that had to
   */
  async scale(replicas: number = this.manifest.spec?.replicas ?? 1): Promise<unknown[]> {
    const missing = Math.max(0, replicas - this.pods.length);
    await Promise.all(Array.from({ length: missing }, () => this.add()));
    return this.remove(this.pods.slice(replicas));
  }

  /**
   * Replaces all pods, with one more than usual at a time, and never one less.
   *
   * @returns how the old ones ended
   */
  async restart(): Promise<unknown[]> {
    const endings: Promise<unknown[]>[] = [];
    for (const old of this.pods) {
      await this.add();
      endings.push(this.remove([old]));
    }
    return (await Promise.all(endings)).flat();
  }

  private async add(): Promise<void> {
    const name = `${this.name}-${++this.started}`;
    const spec = this.manifest.spec?.template.spec;
    if (!spec) {
      throw new Error(`the Deployment ${this.name} has no pods`);
    }
    const pod = this.options.start(name, spec);
    await pod.ready();
    this.pods = [...this.pods, pod];
    this.options.changed();
    await this.options.known(pod);
  }

  private async remove(pods: readonly Pod[]): Promise<unknown[]> {
    this.pods = this.pods.filter((pod) => !pods.includes(pod));
    this.options.changed();
    return Promise.all(pods.map((pod) => pod.delete()));
  }
}
