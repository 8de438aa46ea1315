import type { PodSpec, Service } from 'kubernetes-types/core/v1.js';
import { randomInt } from 'node:crypto';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { Deployment } from './deployment.js';
import type { Manifests } from './manifests.js';
import type { ClusterNames } from './names.js';
import { Pod } from './pod.js';

/** How long it takes until all of the cluster knows which pods are ready, in milliseconds. */
const LAG = 100;

/** A network of this machine that no other cluster has, most likely. */
const NETWORK = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;

/** Does on this machine what Kubernetes does with some manifests: pods are processes. */
export class Cluster {
  private readonly deployments: Deployment[] = [];
  /** The pods behind each Service, as all of the cluster knows them. */
  private endpoints = new Map<Service, readonly Pod[]>();
  private readonly running = new Set<Pod>();
  private addresses = 1;

  /** @param env variables of all pods in place of those of the manifests */
  constructor(
    private readonly manifests: Manifests,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /**
   * The Deployment of this name, without pods at first.
   *
   * @param known waits until the callers of a new pod know it
   */
  deployment(
    name: string,
    known: (pod: Pod) => Promise<void> = () => Promise.resolve(),
  ): Deployment {
    const service = this.manifests.service(name);
    this.endpoints.set(service, []);
    const deployment = new Deployment(this.manifests.deployment(name), {
      start: (podName, spec) => this.start(podName, spec),
      changed: () => void this.publish(),
      known,
    });
    this.deployments.push(deployment);
    return deployment;
  }

  /** The pods behind a Service. */
  podsOf(name: string): readonly Pod[] {
    return this.endpoints.get(this.manifests.service(name)) ?? [];
  }

  /**
   * A request to an ordinary Service, by a connection of its own, which goes to any of its pods.
   *
   * @returns what the body has, which is JSON
   * @throws {Error} for another status than 200, or if no pod answers
   */
  request(name: string, path: string): Promise<unknown> {
    const { port = 0, targetPort = port } = this.manifests.service(name).spec?.ports?.[0] ?? {};
    const pods = this.podsOf(name);
    const pod = pods[randomInt(pods.length)] as Pod;
    return requestPod(pod, pod.port(targetPort), path);
  }

  private start(name: string, spec: PodSpec): Pod {
    const ip = `${NETWORK}.${++this.addresses}`;
    const zone = `zone-${this.addresses % 2 === 0 ? 'a' : 'b'}`;
    const pod = new Pod(spec, { name, ip, zone, env: this.env, names: this.names() });
    this.running.add(pod);
    void pod.ended.then(() => this.running.delete(pod));
    return pod;
  }

  /** Lets the cluster know, a moment later, which pods are ready and stay. */
  private async publish(): Promise<void> {
    await setTimeout(LAG);
    for (const service of this.endpoints.keys()) {
      const pods = this.deployments
        .filter(({ labels }) => isSelected(labels, service))
        .flatMap((deployment) => deployment.pods);
      this.endpoints.set(service, pods);
    }
    this.running.forEach((pod) => pod.tell(this.names()));
  }

  /** What the names of headless Services stand for. */
  private names(): ClusterNames {
    const headless = [...this.endpoints].filter(([{ spec }]) => spec?.clusterIP === 'None');
    return Object.fromEntries(
      headless.map(([{ metadata }, pods]) => [metadata?.name, pods.map(({ ip }) => ip)]),
    );
  }
}

/** A request to one pod. */
export async function requestPod(pod: Pod, port: number, path: string): Promise<unknown> {
  const body = await new Promise<string>((resolve, reject) => {
    const options = { host: pod.ip, port, path, agent: false };
    const request = get(options, (response) => {
      const { statusCode } = response;
      text(response).then(
        (content) =>
          statusCode === 200 ? resolve(content) : reject(new Error(`${statusCode}: ${content}`)),
        reject,
      );
    });
    request.once('error', reject);
  });
  return JSON.parse(body) as unknown;
}

function isSelected(labels: Record<string, string>, { spec }: Service): boolean {
  return Object.entries(spec?.selector ?? {}).every(([name, value]) => labels[name] === value);
}
