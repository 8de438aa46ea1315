import { describe, expect, it } from 'vitest';
import { echo, listen } from '../robustness/plain-service.js';
import { ipcAddress, vacantAddress } from '../robustness/processes.js';
import { RunningCommand, run, runListening } from './running-command.js';

describe('bench', () => {
  it('prints the rate, the latencies and how they are distributed', async () => {
    const { address } = await runListening('serve-echo', await ipcAddress());
    const { code, stdout, stderr } = await run('bench', address, 'echo', 'hi', '--seconds', '1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\d,]+ calls\/s {2}\([\d,]+ calls in [\d.]+ s, 64 at once\)\n/);
    expect(stdout).toMatch(/^latency in ms {2}min [\d.]+ {2}mean .*p50 .*p90 .*p99 .*max [\d.]+$/m);
    expect(stdout).toMatch(/^≤ +[\d.]+ ms {2}█+ +[\d,]+$/m);
  });

  it('prints the same as JSON with --json', async () => {
    const { address } = await runListening('serve-echo', await ipcAddress());
    const { stdout } = await run('bench', address, 'echo', '1', '-s', '1', '-p', '2', '--json');
    const report = JSON.parse(stdout) as {
      calls: number;
      latency: Record<string, number>;
      histogram: { calls: number }[];
    };
    expect(report).toMatchObject({ method: 'echo', parallel: 2, errors: {} });
    expect(report.calls).toBeGreaterThan(0);
    expect(report.histogram.reduce((sum, { calls }) => sum + calls, 0)).toBe(report.calls);
    expect(Object.keys(report.latency)).toEqual(['min', 'mean', 'p50', 'p90', 'p99', 'max']);
  });

  it('counts errors by code, and exits with 1', async () => {
    const { address } = await runListening('serve-echo', await ipcAddress());
    const { code, stdout } = await run('bench', address, 'fail', 'no', '-s', '1', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      calls: 0,
      errors: { UNKNOWN: expect.any(Number) as number },
      latency: null,
    });
  });

  it('ends with its results when it is interrupted', async () => {
    let calls = 0;
    const count = async (data: unknown): Promise<unknown> => {
      calls++;
      return echo(data);
    };
    const { address } = await listen({ requests: { count } });
    const bench = new RunningCommand('bench', address, 'count', '--seconds', '1000', '--json');
    await expect.poll(() => calls, { timeout: 20_000 }).toBeGreaterThan(0);
    bench.signal('SIGINT');
    const { code, stdout } = await bench.ended();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('calls', calls);
  });

  it('exits with 2 where nobody listens', async () => {
    const { code } = await run('bench', await vacantAddress(), 'echo', '--timeout', '200');
    expect(code).toBe(2);
  });
});
