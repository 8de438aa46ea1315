/**
 * The codes of this package's errors: gRPC's canonical names, of which it uses these.
 *
 * @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html
 */
export const REMOTE_ERROR_CODES = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** One of {@link REMOTE_ERROR_CODES}. */
export type RemoteErrorCode = (typeof REMOTE_ERROR_CODES)[number];

const known: ReadonlySet<unknown> = new Set(REMOTE_ERROR_CODES);

/** Whether `value`, which a peer may have sent, is one of the codes. */
export function isRemoteErrorCode(value: unknown): value is RemoteErrorCode {
  return known.has(value);
}
