import type { Container, PodSpec, Probe } from 'kubernetes-types/core/v1.js';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ClusterNames } from './names.js';

/** Where the image has its programs. */
const WORKDIR = new URL('../', import.meta.url);
const NAMES = new URL('names.js', import.meta.url);

/** How many seconds of Kubernetes pass here in one. */
const TIME_LAPSE = 5;

/** What a pod is given when it starts. */
export interface PodOptions {
  name: string;
  ip: string;
  zone: string;
  names: ClusterNames;
  /** Values in place of those of the manifest. */
  env: Readonly<Record<string, string>>;
}

/** A pod with one container: a process that is started, probed and ended as its manifest says. */
export class Pod {
  readonly name: string;
  readonly ip: string;
  /** How it has ended: an exit code and a signal, one of them null. */
  readonly ended: Promise<unknown[]>;
  private readonly container: Container;
  private readonly process: ChildProcess;

  constructor(
    private readonly spec: PodSpec,
    { name, ip, zone, names, env }: PodOptions,
  ) {
    [this.container] = spec.containers as [Container];
    [this.name, this.ip] = [name, ip];
    const fields = {
      'metadata.name': name,
      'status.podIP': ip,
      "metadata.labels['topology.kubernetes.io/zone']": zone,
    };
    const [program = '', ...args] = this.container.command ?? [];
    if (program !== 'node') {
      throw new Error(`a pod runs node here, not ${program}`);
    }
    const node = ['--import', NAMES.href, ...args];
    this.process = spawn(process.execPath, node, {
      cwd: fileURLToPath(WORKDIR),
      env: {
        ...process.env,
        HOSTNAME: name,
        ...environmentOf(this.container, fields),
        ...env,
      },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ended = once(this.process, 'exit');
    this.tell(names);
  }

  /** The number of a port that the container names. */
  port(name: string | number): number {
    const port = this.container.ports?.find((candidate) => candidate.name === name);
    return typeof name === 'number' ? name : (port?.containerPort ?? 0);
  }

  /** Tells it what the names of the cluster stand for. */
  tell(names: ClusterNames): void {
    if (this.process.connected) {
      // A pod that has just ended is no error.
      this.process.send(names, () => undefined);
    }
  }

  /**
   * Waits until its readiness probe succeeds.
   *
   * @throws {Error} if its process ends before
   */
  async ready(): Promise<void> {
    const { readinessProbe = {} } = this.container;
    while (!(await this.probe(readinessProbe))) {
      if (this.process.exitCode !== null) {
        throw new Error(`${this.name} has ended with ${this.process.exitCode}`);
      }
      await pass(readinessProbe.periodSeconds ?? 10);
    }
  }

  /** Whether its liveness probe succeeds. */
  alive(): Promise<boolean> {
    return this.probe(this.container.livenessProbe ?? {});
  }

  /**
   * Ends it as Kubernetes does: the hook `preStop`, SIGTERM and, after the grace period, SIGKILL.
   *
   * @returns how it ended: its exit code, or the signal
   */
  async delete(): Promise<unknown> {
    const { terminationGracePeriodSeconds = 30 } = this.spec;
    const { seconds = 0 } = this.container.lifecycle?.preStop?.sleep ?? {};
    await pass(seconds);
    this.process.kill('SIGTERM');
    const grace = new AbortController();
    const killed = setTimeout((terminationGracePeriodSeconds - seconds) * 1000, undefined, grace)
      .then(() => this.process.kill('SIGKILL'))
      .catch(() => undefined);
    const [code, signal] = await this.ended;
    grace.abort();
    await killed;
    return code ?? signal;
  }

  private async probe({ httpGet, timeoutSeconds = 1 }: Probe): Promise<boolean> {
    const url = `http://${this.ip}:${this.port(httpGet?.port ?? 0)}${httpGet?.path}`;
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    return fetch(url, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

/** Lets this many seconds of Kubernetes pass. */
async function pass(seconds: number): Promise<void> {
  await setTimeout((seconds * 1000) / TIME_LAPSE);
}

/** The variables of a container, where `$(NAME)` stands for the value of an earlier one. */
function environmentOf(
  { env = [] }: Container,
  fields: Readonly<Record<string, string>>,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, value = '', valueFrom } of env) {
    const path = valueFrom?.fieldRef?.fieldPath;
    values[name] =
      path === undefined
        ? value.replaceAll(/\$\((\w+)\)/g, (text, earlier: string) => values[earlier] ?? text)
        : (fields[path] ?? '');
  }
  return values;
}
