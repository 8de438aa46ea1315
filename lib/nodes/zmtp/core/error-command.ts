import { readShortText, shortText, writeCommand } from './command.js';
import { AuthenticationError, ProtocolError } from './protocol-error.js';

/** The meaning of the statuses that libzmq sends (27/ZAP). */
const STATUSES: Readonly<Record<string, string>> = {
  '300': 'it cannot authenticate anybody now',
  '400': 'the credentials are wrong',
  '500': 'its authentication has failed',
};

/** How an ERROR begins, and how it does in libzmq's PLAIN: C takes `\x05E` for one character. */
const PREFIX = Buffer.from('\x05ERROR', 'latin1');
const MISSPELT = Buffer.from('^RROR', 'latin1');

/** The body of a command; that of an ERROR of libzmq's PLAIN is written as it is meant. */
export function respelled(body: Buffer): Buffer {
  return body.subarray(0, MISSPELT.length).equals(MISSPELT)
    ? Buffer.concat([PREFIX, body.subarray(MISSPELT.length)])
    : body;
}

/** Writes an ERROR, by which a handshake ends (37/ZMTP, "Error Handling"). */
export function writeError({ status }: ProtocolError): Buffer {
  return writeCommand('ERROR', shortText(status));
}

/**
 * Reads the data of an ERROR. Nothing is to be said in return.
 *
 * @param advice what to look at where this side is not let in; default nothing
 */
export function readError(data: Buffer, advice?: string): ProtocolError {
  const reason = readShortText(data, 0).bytes.toString();
  const meaning = STATUSES[reason];
  return meaning === undefined
    ? new ProtocolError(`the other side refuses: ${reason || 'it gives no reason'}`, '')
    : new AuthenticationError(
        `the other side refuses: ${meaning} (${reason})${advice === undefined ? '' : `; ${advice}`}`,
        '',
      );
}
