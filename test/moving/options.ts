import { expect } from 'vitest';
import type { Row } from './row.js';
import { type Site, described } from './site.js';

/** What becomes of an option of TCP, at a server and a client. */
function optionGiven(options: object): (site: Site) => unknown {
  const attempt = (make: () => unknown): unknown => {
    try {
      make();
      return 'taken';
    } catch (error) {
      return described(error);
    }
  };
  return (site) => [
    attempt(() => site.createServer(options)),
    attempt(() => site.createClient(options)),
  ];
}

function refusedOption(name: string, options: object, server: string, client = server): Row {
  const refused = (remedy: string): object => ({
    is: 'RemoteCallError',
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(new RegExp(`${Object.keys(options)[0]}.*${remedy}`)),
  });
  return {
    name,
    observe: optionGiven(options),
    tcp: ['taken', 'taken'],
    here: [refused(server), refused(client)],
  };
}

export const options: Row[] = [
  refusedOption('`host`, `port`', { port: 3001 }, 'bind: ', 'connect: '),
  refusedOption(
    '`retryAttempts`, `retryDelay`',
    { retryAttempts: 5 },
    'listens until',
    'is restored',
  ),
  refusedOption('`tlsOptions`', { tlsOptions: {} }, 'security'),
  refusedOption('`socketClass`', { socketClass: Map }, 'CBOR'),
  refusedOption('`serializer`', { serializer: { serialize: (value: unknown) => value } }, 'CBOR'),
  refusedOption(
    '`deserializer`',
    { deserializer: { deserialize: (value: unknown) => value } },
    'CBOR',
  ),
  refusedOption('`maxBufferSize`', { maxBufferSize: 1000 }, 'codec.maxPayload'),
  refusedOption('`maxSendBufferSize`', { maxSendBufferSize: 1000 }, 'limits of its own'),
  refusedOption('`incompleteMessageTimeout`', { incompleteMessageTimeout: 1000 }, 'leave it out'),
];
