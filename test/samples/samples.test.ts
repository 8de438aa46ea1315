import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { vacantAddress } from '../robustness/processes.js';
import { HAS_BROWSER, NO_BROWSER } from '../support/browser.js';
import { COMPILER } from '../support/compiler.js';
import { Etcd, describeEtcd } from '../support/etcd.js';
import { OpenDashboard } from './open-dashboard.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const samples = readdirSync(`${root}sample`).filter((name) => /^\d\d-/.test(name));
const run = promisify(execFile);

/** A sample starts up to four processes and a browser together, perhaps on a busy machine. */
const PATIENCE = { timeout: 120_000 };

beforeAll(async () => {
  await run(process.execPath, [COMPILER, '-p', `${root}tsconfig.sample.json`]);
}, 60_000);

describe('the samples', PATIENCE, () => {
  it.each(samples)('%s finds all as expected and exits by itself', async (sample) => {
    const { stdout } = await run(process.execPath, [`${root}dist-sample/${sample}/main.js`]);
    expect(stdout).toContain('All as expected.');
    if (process.env['CI']) {
      expect(stdout).not.toContain('skipped');
    }
  });
});

describeEtcd('the programs of 09-kubernetes', () => {
  it('find one another in etcd, where pods tell their zones', PATIENCE, async () => {
    const [site, address, gateway] = [
      await Etcd.start(),
      await vacantAddress(),
      await vacantAddress(),
    ];
    const math = startProgram('math', {
      BIND: address,
      PORT: '0',
      HOSTNAME: 'math-1',
      ZONE: 'zone-a',
      ETCD: site.endpoint,
    });
    const key = '/services/math/math-1';
    await expect.poll(async () => (await site.entries())[key]).toBeDefined();
    const record: unknown = JSON.parse((await site.entries())[key] ?? '');
    expect(record).toMatchObject({ address, zone: 'zone-a' });

    const { port, host } = new URL(gateway);
    startProgram('gateway', { PORT: port, MATH: `etcd://${site.host}/services/math` });
    const sum = (): Promise<unknown> =>
      fetch(`http://${host}/sum?numbers=1,2,3`).then(
        (response) => response.json(),
        () => undefined,
      );
    await expect.poll(sum, { timeout: 60_000 }).toEqual({ sum: 6, pod: 'math-1' });

    const ended = once(math, 'exit');
    math.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await site.entries()).toEqual({});
  });
});

/** Starts a program of 09-kubernetes, which ends at the latest with the test. */
function startProgram(name: string, env: Readonly<Record<string, string>>): ChildProcess {
  const program = spawn(process.execPath, [`${root}dist-sample/09-kubernetes/${name}.js`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void program.kill('SIGKILL'));
  return program;
}

if (!HAS_BROWSER && process.env['CI'] === undefined) {
  process.stderr.write(`The page of the dashboard is not tested: ${NO_BROWSER}\n`);
}

describe.runIf(HAS_BROWSER || process.env['CI'])('the page of the dashboard', PATIENCE, () => {
  let page: OpenDashboard;

  beforeAll(async () => {
    page = await OpenDashboard.open();
  }, PATIENCE.timeout);

  afterAll(() => page?.close());

  it('draws lines that move as the joints do', async () => {
    const [pixels, shoulder] = [await page.pixels('joints'), await page.text('shoulder')];
    await expect.poll(() => page.pixels('joints')).not.toBe(pixels);
    await expect.poll(() => page.text('shoulder')).not.toBe(shoulder);
    await expect.poll(async () => new Set(await page.line('joints')).size).toBeGreaterThan(10);
  });

  it.each(['battery', 'roundTrips'])('draws a line of several values: %s', async (chart) => {
    await expect.poll(async () => (await page.line(chart)).length).toBeGreaterThan(2);
  });

  it('shows the sticks of the gamepad', async () => {
    const before = await page.attribute('left-stick', 'transform');
    await expect.poll(() => page.attribute('left-stick', 'transform')).not.toBe(before);
  });

  it('stops the robot, and shows that it has stopped, until it is released', async () => {
    await expect.poll(() => page.text('state')).toBe('Moving');

    await page.click('stop');
    await expect.poll(page.output).toContain('The robot: stopped by the page');
    await expect.poll(() => page.text('state')).toMatch(/^Stopped, \d+ ms after the button$/);
    const lastShoulders = async (): Promise<number[]> => (await page.line('joints')).slice(-10);
    await expect.poll(async () => new Set(await lastShoulders()).size).toBe(1);

    await page.click('release');
    await expect.poll(page.output).toContain('The robot: released by the page');
    await expect.poll(() => page.text('state')).toBe('Moving');
    await expect.poll(async () => new Set(await lastShoulders()).size).toBeGreaterThan(1);
  });

  it('takes its colours from the scheme of the system', async () => {
    await page.preferScheme('light');
    const light = await page.style('body', 'color');
    await page.preferScheme('dark');
    await expect.poll(() => page.style('body', 'color')).not.toBe(light);
  });

  it('says that it waits when the robot is gone', async () => {
    const other = await OpenDashboard.open();
    onTestFinished(() => other.close());
    await expect.poll(() => other.text('state')).toBe('Moving');
    const [, robot] = /The robot is process (\d+)/.exec(other.output()) ?? [];
    process.kill(Number(robot), 'SIGKILL');
    await expect.poll(() => other.text('state')).toBe('Waiting for the robot');
  });
});
