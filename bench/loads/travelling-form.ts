/** How a payload travels. */
export interface TravellingForm {
  /** Makes the data of one call. */
  write: () => unknown;
  /** Makes of a response what its caller wants. */
  read: (response: unknown) => void;
}

/** The same value for every call; the response is left as it comes. */
export function asItIs(payload: unknown): TravellingForm {
  return { write: () => payload, read: () => undefined };
}

/** Text in base64, made at every call and read from every response. */
export function asBase64(bytes: Buffer): TravellingForm {
  return {
    write: () => bytes.toString('base64'),
    read: (text) => Buffer.from(text as string, 'base64'),
  };
}
