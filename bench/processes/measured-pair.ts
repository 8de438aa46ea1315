import type { Load, LoadResult, LoadTimes, Sample, Usage } from '../measurement.js';
import { transportOf } from '../transports/transports.js';
import { BrokerProcess } from './broker-process.js';
import { measureEvents } from './measure-events.js';
import { MeasuredProcess } from './measured-process.js';

/** As long as it takes until a call no longer becomes faster from second to second. */
const WARM_UP: LoadTimes = { ramp: 0, duration: 1000 };

/**
 * A server and a client of one transport, which stay alive from round to round. Where there is a
 * broker between them, nobody counts what that one uses.
 */
export class MeasuredPair {
  private constructor(
    private readonly client: MeasuredProcess,
    private readonly server?: MeasuredProcess,
    private readonly broker?: BrokerProcess,
  ) {}

  /** Starts both, cold. */
  static async start(name: string): Promise<MeasuredPair> {
    const transport = transportOf(name);
    if (transport.isInOneProcess) {
      return new MeasuredPair(await MeasuredProcess.start('client-process.js', name));
    }
    const broker = transport.broker && (await BrokerProcess.start(transport.broker));
    const port = String(broker?.port ?? '');
    const server = await MeasuredProcess.start('server-process.js', name, port);
    const client = await MeasuredProcess.start('client-process.js', name, server.address);
    return new MeasuredPair(client, server, broker);
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
    const { connections } = load;
    const areNew = load.kind === 'events' && load.isClientNew;
    await this.client.request({ kind: 'open', connections, areNew });
    const before = await this.usage();
    const result = await this.run(load, times);
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
    await this.broker?.stop();
  }

  private async run(load: Load, times: LoadTimes): Promise<LoadResult> {
    if (load.kind === 'events') {
      return measureEvents(load, times, this.client, this.server ?? this.client);
    }
    const { result } = await this.client.request({ kind: 'load', load, times });
    return result;
  }

  /** Of both sides together. */
  private async usage(): Promise<Usage> {
    const sides = this.server ? [this.client, this.server] : [this.client];
    const responses = await Promise.all(sides.map(async (side) => side.request({ kind: 'usage' })));
    const usages = responses.map(({ usage }) => usage);
    return {
      cpu: usages.reduce((sum, { cpu }) => sum + cpu, 0),
      peakMemory: usages.reduce((sum, { peakMemory }) => sum + peakMemory, 0),
    };
  }
}
