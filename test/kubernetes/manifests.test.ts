import { describe, expect, it } from 'vitest';
import { faultsOf, parseManifests } from './manifests.js';

const RIGHT = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: math
spec:
  minReadySeconds: 60
  selector:
    matchLabels: { app: math }
  template:
    metadata:
      labels: { app: math }
    spec:
      containers:
        - name: math
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
          resources: { limits: { memory: 256Mi } }
`;

describe('the check of manifests', () => {
  it('finds nothing in one that Kubernetes takes', async () => {
    expect(await faultsOf(parseManifests('right', RIGHT))).toBe('');
  });

  it.each([
    ['an unknown field', 'minReadySeconds', 'minReadySecond', "'DeploymentSpec'"],
    ['an unknown field, deep down', 'sleep: { seconds', 'sleep: { second', "'SleepAction'"],
    ['a field that is missing', '  selector:\n    matchLabels: { app: math }\n', '', 'selector'],
    ['a value of another type', 'Seconds: 60', "Seconds: '60'", 'minReadySeconds must be integer'],
    ['a fraction', 'Seconds: 60', 'Seconds: 1.5', 'minReadySeconds must be integer'],
    ['an amount of nothing', '256Mi', '256 MB', 'memory must match format "quantity"'],
    ['an unknown kind', 'kind: Deployment', 'kind: Deploiment', 'no such kind'],
  ])('finds %s', async (_fault, right, wrong, found) => {
    const text = RIGHT.replace(right, wrong);
    expect(text).not.toBe(RIGHT);
    expect(await faultsOf(parseManifests('wrong', text))).toContain(found);
  });

  it('refuses a text that is no YAML, and a key that is there twice', () => {
    expect(() => parseManifests('wrong', 'a: [')).toThrow('wrong: ');
    expect(() => parseManifests('wrong', 'a: 1\na: 2')).toThrow('wrong: ');
  });
});
