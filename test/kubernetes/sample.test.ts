import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Container, PodSpec, Service } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { faultsOf, parseManifests } from './manifests.js';

const folder = fileURLToPath(new URL('../../sample/09-kubernetes/', import.meta.url));
const files = readdirSync(`${folder}manifests`).filter((name) => name !== 'kustomization.yaml');
const [math, gateway, policy] = ['math.yaml', 'gateway.yaml', 'network-policy.yaml'].map(read);
const [mathService, mathDeployment] = math as [Service, Deployment];
const [mathPod, mathContainer] = podOf(mathDeployment);

function read(name: string): unknown[] {
  return parseManifests(name, textOf(`manifests/${name}`));
}

function textOf(name: string): string {
  return readFileSync(`${folder}${name}`, 'utf8');
}

function podOf({ spec }: Deployment): [PodSpec, Container] {
  const pod = spec?.template.spec as PodSpec;
  return [pod, pod.containers[0] as Container];
}

/** The values of a container's variables, as they are written. */
function valuesOf({ env = [] }: Container): Record<string, string | undefined> {
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

function portOf({ ports = [] }: Container, name: unknown): number | undefined {
  return ports.find((port) => port.name === name)?.containerPort;
}

describe('the manifests of sample/09-kubernetes', () => {
  it.each(files)('%s has what Kubernetes takes', async (name) => {
    expect(await faultsOf(parseManifests(name, textOf(`manifests/${name}`)))).toBe('');
  });

  it('are all applied, with one image', () => {
    const { apiVersion, kind, resources, images, ...rest } = parse(
      textOf('manifests/kustomization.yaml'),
    ) as { [field: string]: unknown; resources: string[] };
    expect([apiVersion, kind]).toEqual(['kustomize.config.k8s.io/v1beta1', 'Kustomization']);
    expect(resources.toSorted()).toEqual(files.toSorted());
    const [name, newTag] = (mathContainer.image ?? '').split(':');
    expect(images).toEqual([{ name, newTag }]);
    expect(rest).toEqual({});
  });

  describe.each([
    ['math', math],
    ['gateway', gateway],
  ])('of %s', (name, manifests) => {
    const [service, deployment, budget] = manifests as [Service, Deployment, PodDisruptionBudget];
    const [pod, container] = podOf(deployment);

    it('select its pods', () => {
      const labels = deployment.spec?.template.metadata?.labels;
      expect(labels).toEqual({ app: name });
      expect(service.spec?.selector).toEqual(labels);
      expect(deployment.spec?.selector).toEqual({ matchLabels: labels });
      expect(budget.spec?.selector).toEqual({ matchLabels: labels });
    });

    it('start a program that is in the image', () => {
      const [node, program = ''] = container.command ?? [];
      expect(node).toBe('node');
      expect(existsSync(`${folder}${program.replace(/js$/u, 'ts')}`)).toBe(true);
      expect(textOf('Dockerfile')).toContain(
        'COPY --from=build /source/dist-sample/09-kubernetes ./',
      );
      expect(textOf('Dockerfile')).toContain(`--tag ${container.image} `);
    });

    it('give the program only variables that it reads', () => {
      const [, program = ''] = container.command ?? [];
      const text = textOf(program.replace(/js$/u, 'ts'));
      const names = Object.keys(valuesOf(container));
      expect(names.filter((variable) => !text.includes(`  ${variable} = `))).toEqual([]);
    });

    it('probe paths that the app has, at the port where it listens', () => {
      for (const [probe, path] of [
        [container.readinessProbe, 'ready'],
        [container.livenessProbe, 'live'],
      ] as const) {
        expect(probe?.httpGet?.path).toBe(`/health/${path}`);
        expect(textOf('health.controller.ts')).toContain(`@Get('${path}')`);
        const port = portOf(container, probe?.httpGet?.port);
        expect(String(port)).toBe(valuesOf(container)['PORT']);
      }
    });

    it('never have one pod less during a rollout', () => {
      const { maxSurge, maxUnavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
      expect([maxSurge, maxUnavailable]).toEqual([1, 0]);
      expect(deployment.spec?.replicas).toBeGreaterThan(Number(budget.spec?.maxUnavailable));
    });

    it('give its pods longer to end than they may take', () => {
      const { SHUTDOWN_TIMEOUT = '0' } = valuesOf(container);
      const preStop = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
      const longest = preStop + Number(SHUTDOWN_TIMEOUT) / 1000;
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(longest);
    });
  });

  it('make the Service of math a headless one, at the port to which it binds', () => {
    expect(mathService.spec?.clusterIP).toBe('None');
    const [port] = mathService.spec?.ports ?? [];
    expect(port?.port).toBe(portOf(mathContainer, port?.name));
    expect(valuesOf(mathContainer)['BIND']).toBe(`tcp://$(POD_IP):${port?.port}`);
  });

  it('lead the gateway to it, and others to the gateway', () => {
    const [service, deployment] = gateway as [Service, Deployment];
    const [, container] = podOf(deployment);
    const [port] = mathService.spec?.ports ?? [];
    expect(valuesOf(container)['MATH']).toBe(`tcp://${mathService.metadata?.name}:${port?.port}`);
    const [{ targetPort } = {}] = service.spec?.ports ?? [];
    expect(service.spec?.clusterIP).toBeUndefined();
    expect(String(portOf(container, targetPort))).toBe(valuesOf(container)['PORT']);
  });

  it('keep old pods of math until callers know the new ones', () => {
    const [, deployment] = gateway as [Service, Deployment];
    const { RESOLVE_INTERVAL } = valuesOf(podOf(deployment)[1]);
    // Until the DNS of the cluster knows them as well.
    const longest = 30 + Number(RESOLVE_INTERVAL) / 1000;
    expect(mathDeployment.spec?.minReadySeconds).toBeGreaterThanOrEqual(longest);
  });

  it('spread the pods of math over zones', () => {
    expect(mathPod.topologySpreadConstraints).toMatchObject([
      {
        topologyKey: 'topology.kubernetes.io/zone',
        labelSelector: mathDeployment.spec?.selector,
      },
    ]);
  });

  it('let the gateway alone connect to math', () => {
    const [{ spec }] = policy as [NetworkPolicy];
    const [, deployment] = gateway as [Service, Deployment];
    expect(spec).toMatchObject({
      podSelector: mathDeployment.spec?.selector,
      ingress: [
        {
          from: [{ podSelector: deployment.spec?.selector }],
          ports: [{ port: mathService.spec?.ports?.[0]?.name }],
        },
      ],
    });
  });
});
