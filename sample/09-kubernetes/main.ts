import { setTimeout } from 'node:timers/promises';
import { check, finish, step, write } from '../support/report.js';
import { Cluster, requestPod } from './cluster/cluster.js';
import { Load } from './cluster/load.js';
import { Manifests } from './cluster/manifests.js';
import type { Pod } from './cluster/pod.js';

// Programs run one folder away from where their manifests are.
const manifests = new Manifests(new URL('../../sample/09-kubernetes/manifests/', import.meta.url));
const cluster = new Cluster(manifests, { RESOLVE_INTERVAL: '100' });
const math = cluster.deployment('math', linked);
const gateway = cluster.deployment('gateway');

write('kubectl apply: a pod is ready when its probe says so');
await math.scale();
await gateway.scale();
check('replicas of math and gateway', [math.pods.length, gateway.pods.length], [3, 2]);
const alive = await Promise.all([...math.pods, ...gateway.pods].map((pod) => pod.alive()));
check('probes of liveness that succeed', alive.filter(Boolean).length, 5);
await served('gateway', 2);
await step('GET /sum?numbers=1,2,3 at the gateway', async () => (await sum()).sum, 6);

write('\nFrom here on there are calls without a pause');
const load = new Load(async () => (await sum()).pod);
await reached(['math-1', 'math-2', 'math-3']);

write('\nkubectl rollout restart deployment/math');
await step('how the old pods end', () => math.restart(), [0, 0, 0]);
await reached(['math-4', 'math-5', 'math-6']);

write('\nkubectl rollout restart deployment/gateway');
await step('how the old pods end', () => gateway.restart(), [0, 0]);
await reached(['math-4', 'math-5', 'math-6']);

write('\nkubectl scale deployment/math --replicas=4, and back');
await math.scale(4);
await reached(['math-4', 'math-5', 'math-6', 'math-7']);
await step('how the pod ends that is too many', () => math.scale(3), [0]);
await reached(['math-4', 'math-5', 'math-6']);

await load.stop();
write(`\n${load.answers} calls have been answered`);
check('calls that have failed', load.failures, []);

await gateway.scale(0);
await math.scale(0);
finish();

/** A call through the gateway. */
async function sum(): Promise<{ sum: number; pod: string }> {
  return (await cluster.request('gateway', '/sum?numbers=1,2,3')) as { sum: number; pod: string };
}

/** Waits until these pods of math have all answered a call. */
async function reached(pods: readonly string[]): Promise<void> {
  await step('pods that answer', () => load.reach(pods), pods);
}

/** Waits until a Service has so many pods. */
async function served(service: string, pods: number): Promise<void> {
  while (cluster.podsOf(service).length < pods) {
    await setTimeout(10);
  }
}

/** Waits until each gateway has a link to a pod of math. */
async function linked({ ip }: Pod): Promise<void> {
  for (const pod of cluster.podsOf('gateway')) {
    while (!(await serversOf(pod)).includes(`tcp://${ip}:5555`)) {
      await setTimeout(10);
    }
  }
}

/** The pods of math to which a gateway has links. */
async function serversOf(pod: Pod): Promise<string[]> {
  const links = (await requestPod(pod, pod.port('http'), '/servers')) as {
    address: string;
    state: string;
  }[];
  return links.filter(({ state }) => state === 'ready').map(({ address }) => address);
}
