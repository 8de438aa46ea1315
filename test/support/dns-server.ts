import { type Socket as DatagramSocket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, type Server, createServer } from 'node:net';
import {
  type Answer,
  type DecodedPacket,
  type Packet,
  type Question,
  TRUNCATED_RESPONSE,
  decode,
  encode,
  streamEncode,
} from 'dns-packet';
import { onTestFinished } from 'vitest';

/** What a name server does with a question: the records that it has, a status, or nothing at all. */
export type Reaction =
  | { readonly answers: readonly Answer[]; readonly additionals?: readonly Answer[] }
  | { readonly status: number }
  | 'silent';

/** The status of responses without records. */
export const STATUS = { servfail: 2, nxdomain: 3, refused: 5 } as const;

/** A name server on this machine, by UDP and TCP on one port. */
export class DnsServer {
  /** Questions in the order in which they came, such as `SRV math.test` and `SRV math.test tcp`. */
  readonly asked: string[] = [];
  /** More bytes than these make a response by datagram a truncated one. */
  datagramSize = 1232;
  /** What is sent before a response by datagram. */
  forge: ((response: Packet) => readonly Packet[]) | undefined;

  private constructor(
    /** Chooses by `SRV math.test`. Other questions get the status NXDOMAIN. */
    readonly zone: Record<string, Reaction>,
    private readonly datagrams: DatagramSocket,
    private readonly streams: Server,
  ) {}

  /** Starts one that ends with the test. */
  static async start(zone: Record<string, Reaction> = {}): Promise<DnsServer> {
    for (;;) {
      const datagrams = createSocket('udp4').bind(0, '127.0.0.1');
      await once(datagrams, 'listening');
      const streams = createServer().listen(datagrams.address().port, '127.0.0.1');
      try {
        await once(streams, 'listening');
      } catch {
        // The port is free for datagrams only.
        datagrams.close();
        continue;
      }
      const server = new DnsServer(zone, datagrams, streams);
      server.serve();
      onTestFinished(() => server.stop());
      return server;
    }
  }

  get port(): number {
    return (this.streams.address() as AddressInfo).port;
  }

  /** How often a question came. */
  count(question: string): number {
    return this.asked.filter((asked) => asked === question).length;
  }

  /** The source that asks this server. */
  source(name: string): string {
    return `dns+srv://127.0.0.1:${this.port}/${name}`;
  }

  /** Nobody listens any more. */
  async stop(): Promise<void> {
    if (this.streams.listening) {
      this.datagrams.close();
      await new Promise((resolve) => this.streams.close(resolve));
    }
  }

  private serve(): void {
    this.datagrams.on('message', (bytes, { port, address }) => {
      const query = decode(bytes);
      const response = this.respond(query, '');
      if (!response) {
        return;
      }
      const isTruncated = encode(response).length > this.datagramSize;
      const sent = isTruncated ? truncated(response) : response;
      for (const packet of [...(this.forge?.(sent) ?? []), sent]) {
        this.datagrams.send(encode(packet), port, address);
      }
    });
    this.streams.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (bytes) => {
        const response = this.respond(decode(bytes.subarray(2)), ' tcp');
        if (response) {
          // In pieces, as streams come.
          const whole = streamEncode(response);
          socket.write(whole.subarray(0, 1));
          setImmediate(() => socket.end(whole.subarray(1)));
        }
      });
    });
  }

  private respond(query: DecodedPacket, how: string): Packet | undefined {
    const [question] = query.questions as [Question];
    const text = `${question.type} ${question.name}`;
    this.asked.push(text + how);
    const reaction = this.zone[text] ?? { status: STATUS.nxdomain };
    if (reaction === 'silent') {
      return undefined;
    }
    return responseTo(query, reaction);
  }
}

/** The response to a query. */
export function responseTo(
  { id, questions }: Pick<Packet, 'id' | 'questions'>,
  reaction: Exclude<Reaction, 'silent'>,
): Packet {
  const head: Packet = { type: 'response', id, questions };
  if ('status' in reaction) {
    return { ...head, flags: reaction.status };
  }
  const { answers, additionals = [] } = reaction;
  return { ...head, answers: [...answers], additionals: [...additionals] };
}

/** An SRV record. */
export function srv(
  name: string,
  target: string,
  port: number,
  { priority = 0, weight = 0, ttl = 3600 } = {},
): Answer {
  return { type: 'SRV', name, ttl, data: { target, port, priority, weight } };
}

/** An A or AAAA record, by the address. */
export function host(name: string, data: string, ttl = 3600): Answer {
  return { type: data.includes(':') ? 'AAAA' : 'A', name, ttl, data };
}

/** The records of a service whose servers are at ports of this machine. */
export function locally(
  name: string,
  ports: readonly number[],
  ttl = 3600,
): Exclude<Reaction, 'silent'> {
  return {
    answers: ports.map((port) => srv(name, 'here.test', port, { ttl })),
    additionals: [host('here.test', '127.0.0.1', ttl)],
  };
}

function truncated({ type, id, questions, flags = 0 }: Packet): Packet {
  return { type, id, questions, flags: flags | TRUNCATED_RESPONSE };
}
