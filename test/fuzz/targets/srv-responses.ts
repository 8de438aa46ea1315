import { encode } from 'dns-packet';
import { type Query, readResponse } from '../../../lib/discovery/srv/dns-message.js';
import { type Ask, dnsError } from '../../../lib/discovery/srv/name-servers.js';
import { SrvLookup } from '../../../lib/discovery/srv/srv-lookup.js';
import { type Reaction, STATUS, host, locally, responseTo, srv } from '../../support/dns-server.js';
import type { FuzzTarget } from '../target.js';

const NAME = '_remote._tcp.math.test';
const QUERY: Query = {
  id: 0x1234,
  question: { name: NAME, type: 'SRV' },
  bytes: Buffer.alloc(0),
};
const ID_SIZE = 2;
const NEVER = new AbortController().signal;

const REACTIONS: readonly Exclude<Reaction, 'silent'>[] = [
  locally(NAME, [1, 2, 3]),
  { status: STATUS.nxdomain },
  { answers: [] },
  { answers: [srv(NAME, '.', 0)] },
  { answers: [srv(NAME, 'a.test', 0, { priority: 65_535, weight: 65_535 })] },
  {
    answers: [
      { type: 'CNAME', name: NAME, ttl: 1, data: 'real.test' },
      srv('real.test', 'a.test', 5555, { weight: 10, ttl: 0xffff_ffff }),
      { type: 'TXT', name: NAME, ttl: 1, data: 'text' },
    ],
    additionals: [host('a.test', '10.0.0.1'), host('a.test', 'fd00::1')],
  },
  { answers: [{ type: 'CNAME', name: NAME, ttl: 1, data: NAME }] },
];

/** The response of a name server. An input has what follows its id. */
export function openSrvResponses(): FuzzTarget {
  const { id, question } = QUERY;
  const prefix = Buffer.alloc(ID_SIZE);
  prefix.writeUInt16BE(id);
  return {
    name: 'srv-responses',
    seeds: REACTIONS.map((reaction) =>
      encode(responseTo({ id, questions: [question] }, reaction)).subarray(ID_SIZE),
    ),
    async run(input) {
      const response = readResponse(Buffer.concat([prefix, input]), QUERY);
      if (!response) {
        return 'no response';
      }
      const ask: Ask = ({ type }) =>
        type === 'SRV'
          ? Promise.resolve(response)
          : Promise.reject(dnsError('ENOTFOUND', 'no such host'));
      try {
        const { servers, problems, ttl } = await new SrvLookup(NAME, ask).look(NEVER);
        if (!(ttl >= 0)) {
          throw new Error(`a TTL of ${ttl}`);
        }
        return `${servers.length > 0 ? 'servers' : 'none'} ${problems.length > 0 ? 'problems' : ''}`;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === undefined) {
          throw error;
        }
        return code;
      }
    },
  };
}
