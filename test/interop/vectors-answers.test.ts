import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { Args, type RemoteClient } from 'nestjs-remote';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Dealer, Router } from 'zeromq';
import { createClient, openService, startService } from '../support/nest.js';
import { readByCbor2 } from '../cbor/cbor2.js';
import {
  type ResponseVector,
  fromNotation,
  isFiniteThroughout,
  vectors,
} from '../cbor/vector-values.js';
import { describePython } from './python-peer.js';

const WHOLE_FLOAT = 'JavaScript does not tell a whole float from an integer';

/** The results that JavaScript cannot express. */
const INEXPRESSIBLE: Readonly<Record<string, string>> = {
  'float_0.0': WHOLE_FLOAT,
  'float_1.0': WHOLE_FLOAT,
  'value:float1': WHOLE_FLOAT,
};

const expressible = vectors.response_ok.filter(({ name }) => INEXPRESSIBLE[name] === undefined);
const isFinite = ({ decoded }: ResponseVector): boolean =>
  isFiniteThroughout(fromNotation(decoded));
const results = expressible.filter(isFinite);

/** Answers under ids that no client of ours draws. */
const STRANGE_ID = /^message_id_/;

/** The values that the service has by name, as the captured service had. */
const named = new Map(
  vectors.response_ok
    .filter(({ name }) => name.startsWith('value:'))
    .map(({ name, decoded }) => [name.slice('value:'.length), fromNotation(decoded[3])]),
);

@Controller()
class CapturedController {
  @MessagePattern('echo')
  echo(@Args() [value]: unknown[]): unknown {
    return value;
  }

  @MessagePattern('add')
  add(@Args() [left, right]: number[]): number {
    return Number(left) + Number(right);
  }

  @MessagePattern('value')
  value(@Args() [name]: string[]): unknown {
    return named.get(name ?? '');
  }

  @MessagePattern('void')
  void(): void {}
}

describe('A server on the wire, before a bare DEALER', () => {
  const base = startServer(false);
  const extended = startServer(true);

  it.each(results)('responds with the frames of Python: $name', async (vector) => {
    const dealer = connectDealer(base.address);

    await dealer.send([Buffer.from('cli-1'), Buffer.from(vector.request_hex, 'hex')]);

    expect(await receive(dealer)).toEqual(vector.wire_frames);
  });

  it.each(results)('with the extension does so for a request of Python: $name', async (vector) => {
    const dealer = connectDealer(extended.address);

    await dealer.send([Buffer.from('cli-1'), Buffer.from(vector.request_hex, 'hex')]);

    const [address, payload] = await receive(dealer);
    expect(address).toBe(vector.wire_frames[0]);
    expect(payload).toBe(`${vector.wire_frames[1]}a0`);
  });
});

describePython('A server on the wire, with a number that is not finite', () => {
  const base = startServer(false);
  const extended = startServer(true);

  it.each(expressible.filter((vector) => !isFinite(vector)))(
    'responds with what is the same to cbor2: $name',
    async ({ request_hex: request, wire_frames: [address, payload = ''] }) => {
      const [one, other] = [connectDealer(base.address), connectDealer(extended.address)];

      await one.send([Buffer.from('cli-1'), Buffer.from(request, 'hex')]);
      await other.send([Buffer.from('cli-1'), Buffer.from(request, 'hex')]);

      const [plain, withHeader] = [await receive(one), await receive(other)];
      expect([plain[0], withHeader[0]]).toEqual([address, address]);
      expect(withHeader[1]).toBe(`${plain[1]}a0`);
      expect(readByCbor2([plain[1] ?? ''])).toEqual(readByCbor2([payload]));
    },
  );
});

describe('A client of a Python service', () => {
  const answers = vectors.response_ok.filter(({ name }) => !STRANGE_ID.test(name));

  it.each(answers)('resolves with the value: $name', async (vector) => {
    expect(await answeredBy(vector)).toStrictEqual(fromNotation(vector.decoded[3]));
  });

  it.each(vectors.response_error)('rejects with message and context: $name', async (vector) => {
    const [message, context] = fromNotation(vector.decoded[2]) as unknown[];

    const answer = answeredBy(vector);

    await expect(answer).rejects.toMatchObject({ message, context, origin: 'remote' });
  });
});

describe('A client without the extension', () => {
  it('does not look at the headers of a server that has it', async () => {
    const { address } = await startService({ controllers: [CapturedController] });
    const client: RemoteClient = createClient({ connect: address, extension: false });

    await expect(client.call.nope()).rejects.toMatchObject({ origin: 'remote', code: 'UNKNOWN' });
  });
});

/** Starts the captured service for all tests of a suite, each of which connects anew. */
function startServer(extension: boolean): { address: string } {
  const server = { address: '' };
  beforeAll(async () => {
    const { app, address } = await openService(
      { controllers: [CapturedController] },
      { bind: 'tcp://127.0.0.1:*', extension },
    );
    server.address = address;
    return () => app.close();
  });
  return server;
}

function connectDealer(address: string): Dealer {
  const dealer = new Dealer({ linger: 0 });
  onTestFinished(() => dealer.close());
  dealer.connect(address);
  return dealer;
}

/** Call, and answer with the frames of a vector under the call's own id. */
async function answeredBy({ wire_frames: [, payload = ''] }: ResponseVector): Promise<unknown> {
  const router = new Router({ linger: 0 });
  onTestFinished(() => router.close());
  await router.bind('tcp://127.0.0.1:*');
  const client: RemoteClient = createClient({ connect: router.lastEndpoint ?? '' });
  const result = client.issueCall('method');
  result.catch(() => undefined);
  await router.receive(); // The greeting.
  const [identity = '', address = '', request = Buffer.alloc(0)] = await router.receive();
  // Both are arrays of four whose second item is the id: ours a long one, Python's a byte.
  const idEnd = request.indexOf(Buffer.concat([Buffer.from([0x66]), Buffer.from('method')]));
  const answer = Buffer.concat([
    Buffer.from('8401', 'hex'),
    request.subarray(2, idEnd),
    Buffer.from(payload, 'hex').subarray(3),
  ]);
  await router.send([identity, address, answer]);
  return result;
}

async function receive(socket: Dealer): Promise<string[]> {
  return (await socket.receive()).map((frame) => frame.toString('hex'));
}
