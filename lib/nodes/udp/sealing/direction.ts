/** Whom a datagram is for. Each direction has keys of its own, so that nothing can be sent back. */
export type Direction = 'request' | 'response';

/** What stands for a direction: the `external_aad`, and the beginning of the `info` of HKDF. */
export const LABELS: Readonly<Record<Direction, Buffer>> = {
  request: Buffer.from('nestjs-remote udp request'),
  response: Buffer.from('nestjs-remote udp response'),
};
