import type { ServerRecord } from '../../lib/discovery/server-record.js';
import { Network } from './network/network.js';
import { RecordSource } from './network/record-source.js';
import { type Service, SimulatedServer } from './network/simulated-server.js';
import { Recorder } from './recorder.js';
import { SimulatedClient } from './simulated-client.js';
import type { SeededRandom } from './time/seeded-random.js';
import type { VirtualTime } from './time/virtual-time.js';

/** Where servers and clients are, as many in each. */
const ZONES = ['a', 'b', 'c'];

/** Handlers take 100 ms on average, some of them far longer. */
const SERVICE: Service = { concurrency: 16, mean: 100, sigma: 0.5 };

/** Half of the calls must not run twice. */
const IDEMPOTENT = 0.5;

/** How many links a client has. */
const LINKS = 20;

/** How long a server that has come up gets less than its share, in milliseconds. */
const SLOW_START = 5000;

/** A client needs an address, which the records replace at once. */
const NOWHERE = 'tcp://10.255.255.255:5555';

/** What is kept of calls, in milliseconds of their making. */
const SPAN = 500;

/** Clients begin to call so long after they have opened their links, in milliseconds. */
const OPENING = 1000;

/** How large a site is. */
export interface Size {
  readonly servers: number;
  readonly clients: number;
}

/** Servers and clients in three zones, and the source by which they find each other. */
export class Site {
  readonly servers: SimulatedServer[] = [];
  readonly clients: readonly SimulatedClient[];
  readonly source: RecordSource;
  readonly recorder: Recorder;
  /** The servers that the scenario looks at. */
  readonly group = new Set<SimulatedServer>();
  private readonly network: Network;

  /**
   * Starts the servers, and the clients, which call until a time.
   *
   * @param rate calls of each client a second
   * @param callsEnd milliseconds
   */
  constructor(
    readonly size: Size,
    readonly time: VirtualTime,
    private readonly random: SeededRandom,
    rate: number,
    callsEnd: number,
  ) {
    this.network = new Network(time, random.fork('network'));
    this.source = new RecordSource(time, random.fork('source'));
    this.recorder = new Recorder(time, SPAN);
    this.start(size.servers);
    this.clients = Array.from({ length: size.clients }, (_, index) => this.client(index));
    for (const client of this.clients) {
      time.after(0, () => client.open());
      time.after(OPENING, () => client.callUntil(callsEnd, { rate, idempotent: IDEMPOTENT }));
    }
  }

  /** Starts servers, which register. @returns them */
  start(count: number): readonly SimulatedServer[] {
    const started = Array.from({ length: count }, () => this.startServer());
    this.source.register(started.map(({ address, zone }): ServerRecord => ({ address, zone })));
    return started;
  }

  /** Servers that run, chosen by chance. */
  choose(count: number): readonly SimulatedServer[] {
    const random = this.random.fork('choice');
    return this.servers
      .filter(({ isRunning }) => isRunning)
      .map((server) => ({ server, place: random.next() }))
      .toSorted((one, other) => one.place - other.place)
      .slice(0, count)
      .map(({ server }) => server);
  }

  /** Servers deregister, end their calls and close. */
  drain(servers: readonly SimulatedServer[]): void {
    this.source.revoke(addressesOf(servers));
    servers.forEach((server) => server.drain());
  }

  /** The processes of servers are killed. */
  kill(servers: readonly SimulatedServer[]): void {
    servers.forEach((server) => server.die());
    this.source.forsake(addressesOf(servers));
  }

  /** The machines of servers are lost. */
  lose(servers: readonly SimulatedServer[]): void {
    servers.forEach((server) => server.vanish());
    this.source.forsake(addressesOf(servers));
  }

  private startServer(): SimulatedServer {
    const index = this.servers.length;
    const zone = zoneOf(index);
    const address = `tcp://10.${index >> 8}.${index & 255}.1:5555`;
    const random = this.random.fork(address);
    const server = new SimulatedServer(address, zone, SERVICE, this.time, random);
    this.servers.push(server);
    this.network.listen(address, server);
    return server;
  }

  private client(index: number): SimulatedClient {
    const zone = zoneOf(index);
    return new SimulatedClient(
      { connect: NOWHERE, subset: LINKS, zone, slowStart: SLOW_START },
      this.source.resolver(),
      this.network,
      this.recorder,
      this.time,
      this.random.fork(`client ${index}`),
    );
  }
}

function zoneOf(index: number): string {
  return ZONES[index % ZONES.length] as string;
}

function addressesOf(servers: readonly SimulatedServer[]): ReadonlySet<string> {
  return new Set(servers.map(({ address }) => address));
}
