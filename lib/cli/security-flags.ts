import type { Command } from 'commander';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { CurveSecurity } from '../nodes/security.js';
import { curveClient } from '../security/curve-client.js';
import { isKey } from '../security/curve-key.js';
import { curveServer } from '../security/curve-server.js';
import type { OutsideText } from '../security/key-source.js';
import { type UdpKeys, udpKey } from '../security/udp-key.js';

/** The flags about keys. */
export interface SecurityFlags extends CurveFlags {
  /** What both sides of `udp://` have. */
  udpKey?: string;
}

/** Those of `tcp://` and `ipc://`. */
export interface CurveFlags {
  secretKey?: string;
  /** Where the command connects. */
  serverKey?: string;
  /** Where the command listens. */
  allow?: string;
}

/** Gives a command the flags about keys: those to connect, those to listen, or both, and those of UDP. */
export function addSecurityFlags(command: Command, ends: CommandEnds): Command {
  return addCurveFlags(command, ends).option(
    '--udp-key <ID=FILE>',
    'encrypt udp:// by the key that both sides have: its id, and its file or env:NAME',
  );
}

/** Which ends of a connection a command can be. */
interface CommandEnds {
  connects?: boolean;
  listens?: boolean;
}

/** The same for a command that knows no `udp://`. */
export function addCurveFlags(
  command: Command,
  { connects = false, listens = false }: CommandEnds,
): Command {
  if (connects) {
    command.option(
      '--server-key <KEY>',
      "encrypt, and connect only to this public key; or the server's file of it",
    );
  }
  if (listens) {
    command.option(
      '--allow <FILE>',
      'encrypt, and let in only the keys of this file: a public key and a name a line',
    );
  }
  return command.option('--secret-key <FILE>', 'the file of your own key, or env:NAME; see keygen');
}

/**
 * The option `security` for these flags; nothing where there are none.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for flags that do not fit, or a key that cannot be used
 */
export function securityOf(flags: SecurityFlags): { security?: CurveSecurity | UdpKeys } {
  const { udpKey: shared, secretKey, serverKey, allow } = flags;
  if (shared === undefined) {
    return curveOf(flags);
  }
  const [id = '', ...source] = shared.split('=');
  if (source.length === 0 || (secretKey ?? serverKey ?? allow) !== undefined) {
    throw flagsError('give --udp-key ID=FILE or ID=env:NAME, and no other key beside it');
  }
  return { security: udpKey({ id, key: sourceOf(source.join('=')) }) };
}

/** The same of a command that knows no `udp://`. */
export function curveOf({ secretKey, serverKey, allow }: CurveFlags): { security?: CurveSecurity } {
  if (secretKey === undefined && serverKey === undefined && allow === undefined) {
    return {};
  }
  if (secretKey === undefined || (serverKey === undefined) === (allow === undefined)) {
    throw flagsError(
      'give --secret-key, and beside it --server-key to connect or --allow to listen',
    );
  }
  const own = sourceOf(secretKey);
  return {
    security:
      serverKey === undefined
        ? curveServer({ secretKey: own, allow: { file: allow ?? '' } })
        : curveClient({
            secretKey: own,
            serverKey: isKey(serverKey) ? serverKey : sourceOf(serverKey),
          }),
  };
}

/** A secret key is never a flag itself: other users of the machine see those. */
function sourceOf(flag: string): OutsideText {
  return flag.startsWith('env:') ? { env: flag.slice('env:'.length) } : { file: flag };
}

function flagsError(reason: string): RemoteCallError {
  return new RemoteCallError(reason, {}, { code: 'INVALID_ARGUMENT' });
}
