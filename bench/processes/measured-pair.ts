import type { Load, LoadTimes, Sample, Usage } from '../measurement.js';
import { transportOf } from '../transports/transports.js';
import { MeasuredProcess } from './measured-process.js';

/** As long as it takes until a call no longer becomes faster from second to second. */
const WARM_UP: LoadTimes = { ramp: 0, duration: 1200 };

/** A server and a client of one transport, which stay alive from round to round. */
export class MeasuredPair {
  private constructor(
    private readonly client: MeasuredProcess,
    private readonly server?: MeasuredProcess,
  ) {}

  /** Starts both, cold. */
  static async start(transport: string): Promise<MeasuredPair> {
    const server = transportOf(transport).isInOneProcess
      ? undefined
      : await MeasuredProcess.start('server-process.js', transport);
    const client = await MeasuredProcess.start(
      'client-process.js',
      transport,
      server?.address ?? '',
    );
    return new MeasuredPair(client, server);
  }

  /** Starts both, and lets the compiler see the path of a call often enough. */
  static async startWarm(transport: string): Promise<MeasuredPair> {
    const pair = await MeasuredPair.start(transport);
    const load = { kind: 'calls', method: 'add', payload: 'numbers' } as const;
    await pair.measure({ ...load, inFlight: 64, connections: 1 }, WARM_UP);
    return pair;
  }

  /** Measures one load. Connecting, where it takes other connections than the last, is not part. */
  async measure(load: Load, times: LoadTimes): Promise<Sample> {
    await this.client.ask({ kind: 'open', connections: load.connections });
    const before = await this.usage();
    const { result } = await this.client.ask({ kind: 'load', load, times });
    const after = await this.usage();
    const seconds = (after.cpu - before.cpu) / 1e6;
    return {
      ...result,
      cpu: result.completed > 0 ? (seconds / result.completed) * 100_000 : 0,
      memory: after.peakMemory,
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.client.stop(), this.server?.stop()]);
  }

  /** Of both sides together. */
  private async usage(): Promise<Usage> {
    const sides = this.server ? [this.client, this.server] : [this.client];
    const answers = await Promise.all(sides.map(async (side) => side.ask({ kind: 'usage' })));
    const usages = answers.map(({ usage }) => usage);
    return {
      cpu: usages.reduce((sum, { cpu }) => sum + cpu, 0),
      peakMemory: usages.reduce((sum, { peakMemory }) => sum + peakMemory, 0),
    };
  }
}
