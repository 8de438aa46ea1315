import { randomInt } from 'node:crypto';
import { type Answer, RECURSION_DESIRED, decode, encode } from 'dns-packet';

/** What is asked of a name. */
export type QuestionType = 'SRV' | 'A' | 'AAAA';

/** What a name server is asked. */
export interface Question {
  /** A domain name, without the dot at its end. */
  readonly name: string;
  readonly type: QuestionType;
}

/** A question as it is sent. */
export interface Query {
  /** By chance, so that a stranger cannot know it. */
  readonly id: number;
  readonly question: Question;
  readonly bytes: Buffer;
}

/** Where a server is, by RFC 2782. */
export interface ServiceLocation {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** A domain name; `.` where the service is not available. */
  readonly target: string;
}

/** A record of a response. Those of other types are left out. */
export type ResourceRecord = {
  readonly name: string;
  /** Seconds for which it may be used. */
  readonly ttl: number;
} & (
  | { readonly type: 'SRV'; readonly data: ServiceLocation }
  | { readonly type: 'A' | 'AAAA' | 'CNAME'; readonly data: string }
);

/** What a name server has responded. */
export interface Response {
  /** 0 for success, otherwise one of RFC 1035, section 4.1.1. */
  readonly status: number;
  /** Whether it is too long for a datagram. */
  readonly isTruncated: boolean;
  readonly answers: readonly ResourceRecord[];
  /** What was not asked, but belongs to the answers. */
  readonly additionals: readonly ResourceRecord[];
}

/** The most bytes of a response by datagram: no network has to break it into pieces. */
const DATAGRAM_SIZE = 1232;

const STATUS = 0xf;

/** A TTL whose first bit is set is 0, by RFC 2181, section 8. */
const MOST_TTL = 0x7fff_ffff;

export function createQuery(question: Question): Query {
  const id = randomInt(0x1_0000);
  const bytes = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [question],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: DATAGRAM_SIZE,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  return { id, question, bytes };
}

/** Reads what has come. @returns undefined where it is no response to the query, whatever it is */
export function readResponse(bytes: Buffer, { id, question }: Query): Response | undefined {
  // Before it is read: what a stranger guesses costs nothing.
  if (bytes.length < 2 || bytes.readUInt16BE() !== id) {
    return undefined;
  }
  const packet = decoded(bytes);
  const [echo, ...others] = packet?.questions ?? [];
  if (
    packet?.type !== 'response' ||
    others.length > 0 ||
    echo?.type !== question.type ||
    echo.class !== 'IN' ||
    !isSameName(echo.name, question.name)
  ) {
    return undefined;
  }
  return {
    status: (packet.flags ?? 0) & STATUS,
    isTruncated: packet.flag_tc,
    answers: recordsOf(packet.answers),
    additionals: recordsOf(packet.additionals),
  };
}

/** Whether two domain names are one: case does not matter, by RFC 4343. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function decoded(bytes: Buffer): ReturnType<typeof decode> | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

function recordsOf(answers: readonly Answer[] = []): readonly ResourceRecord[] {
  return answers.flatMap((answer): readonly ResourceRecord[] => {
    if (answer.type === 'OPT' || answer.class !== 'IN') {
      return [];
    }
    const { name, ttl: given = 0 } = answer;
    const ttl = given > MOST_TTL ? 0 : given;
    switch (answer.type) {
      case 'SRV': {
        const { priority = 0, weight = 0, port, target } = answer.data;
        return [{ type: 'SRV', name, ttl, data: { priority, weight, port, target } }];
      }
      case 'A':
      case 'AAAA':
      case 'CNAME':
        return [{ type: answer.type, name, ttl, data: answer.data }];
      default:
        return [];
    }
  });
}
