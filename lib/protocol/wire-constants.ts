/** The address frame of a server that is connected directly. */
export const DIRECT = Buffer.from('-');

/** The third frame of a message that a router could not deliver (protocol.md 2.5). */
export const UNREACHABLE = Buffer.from('unreachable');

/** The payload by which a router says that it leaves: a GOODBYE with an empty header. */
export const ROUTER_GOODBYE = Buffer.from([0x81, 0x05, 0xa0]);

/** The default identity of a client begins so. A router returns to it what it cannot deliver. */
export const CLIENT_IDENTITY_PREFIX = 'nestjs-remote:';
