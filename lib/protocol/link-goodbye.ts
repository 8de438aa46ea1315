import { DIRECT } from './wire-constants.js';

/**
 * The payload, to {@link DIRECT}, by which one side of a link with a router takes leave of the other: a
 * GOODBYE with an empty header (protocol.md 2.5).
 */
export const LINK_GOODBYE = Buffer.from([0x81, 0x05, 0xa0]);

/** Whether a message, of its first frame and those after it, is a GOODBYE of the link itself. */
export function isLinkGoodbye(address: Buffer, payload: Buffer | undefined): boolean {
  return (
    address.length === DIRECT.length &&
    payload?.length === LINK_GOODBYE.length &&
    address.equals(DIRECT) &&
    payload.equals(LINK_GOODBYE)
  );
}
