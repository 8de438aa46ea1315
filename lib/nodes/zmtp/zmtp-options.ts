import { optionError } from '../../errors/option-error.js';
import { boolean, integer, milliseconds } from '../../options/option-check.js';
import { type SchemaOf, optional, resolveOptions } from '../../options/option-schema.js';
import { BACK_OFF } from '../back-off.js';
import type { CurveSecurity } from '../security.js';
import { curveClientMechanism, curveServerMechanism } from './core/curve-mechanism.js';
import type { MechanismKind } from './core/mechanism.js';
import { NULL_MECHANISM } from './core/null-mechanism.js';
import { plainMechanism } from './core/plain-mechanism.js';
import type { SocketType } from './core/socket-type.js';
import { descriptorLimit } from './descriptor-limit.js';
import type { SocketSettings } from './zmtp-socket.js';

/** What one message of a high-water mark stands for here, in bytes: a full packed frame. */
const MARKED = 64 * 1024;

/** How much larger than its payload a message may be: for its addresses, and for what frames cost. */
const BESIDE_PAYLOAD = 64 * 1024;
const COST_SHARE = 1 / 64;

/** How many connections are accepted, and for what share of the file descriptors. */
const MAX_CONNECTIONS = 16_384;
const DESCRIPTOR_SHARE = 3 / 4;

/** How many messages of the greatest size may be unfinished at once. */
const UNFINISHED = 16;

/** The longest topic that a subscriber may ask for, about. */
const MAX_COMMAND = 16 * 1024;

/** The options of `socketOptions` that this engine has: those of zeromq.js, and four of its own. */
export interface ZmtpOptions {
  backlog?: number;
  /** Milliseconds. Default 10,000; 0 means no limit. */
  connectTimeout?: number;
  /** Milliseconds. Default 3000; 0 means no limit. */
  handshakeInterval?: number;
  /** Milliseconds. Default 1000; -1 means no limit. */
  linger?: number;
  /**
   * Accepted connections. Default 16,384, or three quarters of the file descriptors that the process
   * may have where that is less: the system closes those for which there is none without a word.
   */
  maxConnections?: number;
  /** Accepted connections of one IP address. Default 4096. */
  maxConnectionsPerAddress?: number;
  /** Accepted connections that are shaking hands. The oldest gives way to a newer one. Default 4096. */
  maxHandshakes?: number;
  /** Bytes of one message beside its addresses. Default -1, no limit. */
  maxMessageSize?: number;
  /**
   * Bytes of unfinished messages of all connections. Above that the connection ends that holds the
   * most. Default that of 16 messages of `maxMessageSize`; -1 means no limit.
   */
  maxUnfinishedBytes?: number;
  plainPassword?: string;
  /** Whether this side asks for the name and the password, rather than gives them. Default false. */
  plainServer?: boolean;
  plainUsername?: string;
  /** DEALER: whether an empty message greets its peers. Default true. */
  probeRouter?: boolean;
  /** Milliseconds before the first attempt to connect again, give or take a fifth. Default 15. */
  reconnectInterval?: number;
  /** Milliseconds to which the interval doubles with each failure. Default 2000. */
  reconnectMaxInterval?: number;
  /** Units of 64 KiB. Default 32, and 256 on PUB; 0 means no limit. */
  sendHighWaterMark?: number;
  /** Milliseconds. Default 0; this and -1 mean no limit. */
  sendTimeout?: number;
}

const SCHEMA = {
  backlog: optional(integer(1, 0x7fff_ffff), 4096),
  connectTimeout: optional(milliseconds, 10_000),
  handshakeInterval: optional(milliseconds, 3000),
  linger: optional(limit, 1000),
  maxConnections: integer(1),
  maxConnectionsPerAddress: optional(integer(1), 4096),
  maxHandshakes: optional(integer(1), 4096),
  maxMessageSize: optional(limit, Infinity),
  maxUnfinishedBytes: bytes,
  plainPassword: credential,
  plainServer: optional(boolean, false),
  plainUsername: credential,
  probeRouter: optional(boolean, true),
  reconnectInterval: optional(integer(1, 0x3fff_ffff), BACK_OFF.least),
  reconnectMaxInterval: optional(integer(1, 0x3fff_ffff), BACK_OFF.most),
  sendHighWaterMark: integer(0),
  sendTimeout: optional(limit, 0),
} satisfies SchemaOf<ZmtpOptions>;

const NO_CURVE = 'the engine net takes its keys by the option security';
const NO_ZAP = 'the engine net has no ZAP: the option security says who may come in';
const NO_HEARTBEAT = 'the engine net responds to heartbeats, and sends none';

const HINTS: Readonly<Record<string, string>> = {
  curvePublicKey: NO_CURVE,
  curveSecretKey: NO_CURVE,
  curveServer: NO_CURVE,
  curveServerKey: NO_CURVE,
  heartbeatInterval: NO_HEARTBEAT,
  heartbeatTimeout: NO_HEARTBEAT,
  heartbeatTimeToLive: NO_HEARTBEAT,
  receiveHighWaterMark: 'the engine net reads no further than it delivers',
  routingId: 'use the option identity',
  zapDomain: NO_ZAP,
  zapEnforceDomain: NO_ZAP,
};

/** {@link ZmtpOptions} in the terms of this engine, with every default filled in. */
export interface ZmtpSettings extends SocketSettings {
  /** Milliseconds; 0 means no limit. */
  readonly sendTimeout: number;
}

/**
 * Checks socket options.
 *
 * @param security the keys of CURVE; undefined where there are none
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function resolveZmtpOptions(
  type: SocketType,
  options: object,
  security?: CurveSecurity,
): ZmtpSettings {
  const wording = { prefix: 'socketOptions.', noun: 'option of the engine net', hints: HINTS };
  const {
    maxConnections = mostConnections(),
    maxMessageSize,
    maxUnfinishedBytes,
    probeRouter,
    sendHighWaterMark,
    sendTimeout,
    ...resolved
  } = resolveOptions(SCHEMA, options, wording);
  const mark = sendHighWaterMark ?? (type === 'PUB' ? 256 : 32);
  const { reconnectInterval, reconnectMaxInterval } = resolved;
  const maxMessage = maxMessageSize * (1 + COST_SHARE) + BESIDE_PAYLOAD;
  return {
    ...resolved,
    maxConnections,
    backOff: { least: reconnectInterval, most: reconnectMaxInterval },
    sendTimeout: Number.isFinite(sendTimeout) ? sendTimeout : 0,
    sendMark: mark === 0 ? Infinity : mark * MARKED,
    readLimits: { maxCommand: MAX_COMMAND, maxFrame: maxMessageSize, maxMessage },
    maxUnfinished: maxUnfinishedBytes ?? UNFINISHED * maxMessage,
    isProbing: probeRouter,
    mechanism: mechanismOf(resolved, security),
    authority: security?.role === 'server' ? security : undefined,
  };
}

/** How many connections a socket accepts where no number is given. */
function mostConnections(): number {
  return Math.min(MAX_CONNECTIONS, Math.floor(descriptorLimit() * DESCRIPTOR_SHARE));
}

/** The options of PLAIN. */
interface PlainOptions {
  readonly plainServer: boolean;
  readonly plainUsername?: string | undefined;
  readonly plainPassword?: string | undefined;
}

function mechanismOf(plain: PlainOptions, security: CurveSecurity | undefined): MechanismKind {
  const { plainServer, plainUsername, plainPassword } = plain;
  const isPlain = plainUsername !== undefined || plainPassword !== undefined;
  if (security) {
    refusePlain(plain);
    return security.role === 'server'
      ? curveServerMechanism(security)
      : curveClientMechanism(security);
  }
  if (!isPlain && plainServer) {
    throw optionError(
      'socketOptions.plainServer',
      true,
      'give plainUsername and plainPassword, which its clients must have: there is no ZAP here',
    );
  }
  const credentials = { username: plainUsername ?? '', password: plainPassword ?? '' };
  return isPlain ? plainMechanism(credentials, plainServer) : NULL_MECHANISM;
}

/** CURVE takes the place of PLAIN. */
function refusePlain(plain: PlainOptions): void {
  for (const name of ['plainUsername', 'plainPassword', 'plainServer'] as const) {
    if (plain[name] !== undefined && plain[name] !== false) {
      const remedy = 'leave it out beside the option security';
      throw optionError(`socketOptions.${name}`, plain[name], remedy);
    }
  }
}

/** A number of bytes, without a default; -1 means no limit. */
function bytes(option: string, value: number | undefined): number | undefined {
  return value === -1 ? Infinity : integer(1)(option, value);
}

/** A limit; -1 means none. */
function limit(option: string, value: number | undefined, otherwise: number): number {
  const checked = integer(-1, 0x7fff_ffff)(option, value) ?? otherwise;
  return checked === -1 ? Infinity : checked;
}

/** A name or a password of PLAIN: at most 255 bytes. */
function credential(option: string, value: string | undefined): string | undefined {
  if (value !== undefined && (typeof value !== 'string' || Buffer.byteLength(value) > 255)) {
    throw optionError(option, value, 'give a text of at most 255 bytes');
  }
  return value;
}
