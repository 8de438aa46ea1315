import { readShortText, shortText, writeCommand } from './command.js';
import { ProtocolError } from './protocol-error.js';

/** The meaning of the statuses that libzmq sends (27/ZAP). */
const STATUSES: Readonly<Record<string, string>> = {
  '300': 'it cannot authenticate anybody now',
  '400': 'the credentials are wrong',
  '500': 'its authentication has failed',
};

/** Writes an ERROR, by which a handshake ends (37/ZMTP, "Error Handling"). */
export function writeError({ status }: ProtocolError): Buffer {
  return writeCommand('ERROR', shortText(status));
}

/** Reads the data of an ERROR. Nothing is to be said in return. */
export function readError(data: Buffer): ProtocolError {
  const reason = readShortText(data, 0).bytes.toString();
  const meaning = STATUSES[reason];
  const text = meaning === undefined ? reason || 'it gives no reason' : `${meaning} (${reason})`;
  return new ProtocolError(`the other side refuses: ${text}`, '');
}
