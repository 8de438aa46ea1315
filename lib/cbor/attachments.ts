/** Tag of a byte string that travels in a frame of its own; a user's value may not carry it. */
export const ATTACHMENT_TAG = 65_000;

/** From how many bytes on a byte string may travel in a frame of its own. */
export const SMALLEST_ATTACHMENT = 16 * 1024;
