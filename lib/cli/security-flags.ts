import type { Command } from 'commander';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { CurveSecurity } from '../nodes/security.js';
import { curveClient } from '../security/curve-client.js';
import { type CurveKeySource, isKey } from '../security/curve-key.js';
import { curveServer } from '../security/curve-server.js';

/** The flags about keys. */
export interface SecurityFlags {
  secretKey?: string;
  /** Where the command connects. */
  serverKey?: string;
  /** Where the command listens. */
  allow?: string;
}

/** Gives a command the flags about keys: those to connect, those to listen, or both. */
export function addSecurityFlags(
  command: Command,
  { connects = false, listens = false }: { connects?: boolean; listens?: boolean },
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
export function securityOf({ secretKey, serverKey, allow }: SecurityFlags): {
  security?: CurveSecurity;
} {
  if (secretKey === undefined && serverKey === undefined && allow === undefined) {
    return {};
  }
  if (secretKey === undefined || (serverKey === undefined) === (allow === undefined)) {
    throw new RemoteCallError(
      'give --secret-key, and beside it --server-key to connect or --allow to listen',
      {},
      { code: 'INVALID_ARGUMENT' },
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
function sourceOf(flag: string): CurveKeySource {
  return flag.startsWith('env:') ? { env: flag.slice('env:'.length) } : { file: flag };
}
