/** Limits of a send queue. */
export interface SendQueueLimits {
  /** How many messages may wait for one peer at most. Default 65,536. */
  maxMessages?: number;
  /** How many bytes may wait for one peer at most. Default 64 MiB. */
  maxBytes?: number;
  /** How many messages may wait for all full peers together. Default four times `maxMessages`. */
  maxHeldMessages?: number;
  /** How many bytes may wait for all full peers together. Default four times `maxBytes`. */
  maxHeldBytes?: number;
}

/** How much of the limits is open to what is exempt from them: even that must be bounded. */
const EXEMPT_SHARE = 1.25;

/** The limits with every default filled in. */
export function resolveLimits(limits: SendQueueLimits): Required<SendQueueLimits> {
  const { maxMessages = 65_536, maxBytes = 64 * 1024 * 1024 } = limits;
  const { maxHeldMessages = 4 * maxMessages, maxHeldBytes = 4 * maxBytes } = limits;
  return { maxMessages, maxBytes, maxHeldMessages, maxHeldBytes };
}

/** How much of each limit a message may use. */
export function shareOf({ isExempt }: { readonly isExempt?: boolean }): number {
  return isExempt === true ? EXEMPT_SHARE : 1;
}
