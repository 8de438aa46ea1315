import { RemoteCallError } from '../../errors/remote-call.error.js';
import { reasonOf } from '../../errors/thrown-text.js';
import type { RemoteErrorCode } from '../../errors/error-codes.js';

/** The codes of gRPC that mean more here than that etcd does not answer. */
const CODES: Readonly<Record<number, RemoteErrorCode>> = {
  3: 'INVALID_ARGUMENT',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  12: 'UNIMPLEMENTED',
  16: 'UNAUTHENTICATED',
};

/** gRPC's code for a lease that has run out. */
const NOT_FOUND = 5;

/** gRPC's code for what does not fit the state of etcd, such as a login without users. */
const FAILED_PRECONDITION = 9;

const REMEDIES: Partial<Record<RemoteErrorCode, string>> = {
  INVALID_ARGUMENT: 'etcd has to be of version 3.4 or later',
  PERMISSION_DENIED: 'grant the user the prefix of the name, with etcdctl role grant-permission',
  RESOURCE_EXHAUSTED: 'etcd has no space left: compact and defragment it',
  UNIMPLEMENTED: 'give an endpoint of etcd 3.4 or later, whose JSON gateway is enabled',
  UNAUTHENTICATED: 'check the user and the password for etcd',
  UNAVAILABLE: 'check that etcd runs there, and can be reached from here',
};

/** An error that etcd answered with, as its gateway writes it. */
export interface AnsweredError {
  readonly code?: number;
  readonly message?: string;
}

/** No answer came: nobody listens, the connection was lost, or the time is up. */
export function unanswered(endpoint: string, cause: unknown): RemoteCallError {
  // What `fetch` throws has the reason as its cause; where a name has several addresses, only a code.
  const { cause: reason = cause } = Object(cause) as { cause?: unknown };
  const { code } = Object(reason) as { code?: string };
  return failure(endpoint, 'UNAVAILABLE', reasonOf(reason) || String(code), {}, cause);
}

/** An answer came that says what is wrong, or that is none of etcd. */
export function answered(endpoint: string, status: number, answer: unknown): RemoteCallError {
  const { code, message } = Object(answer) as AnsweredError;
  if (code === undefined) {
    return failure(endpoint, 'UNIMPLEMENTED', `it answered with HTTP status ${status}`, { status });
  }
  const reason = message ?? `error ${code}`;
  return failure(endpoint, codeOf(code, reason), reason, { grpcCode: code });
}

/** Whether another endpoint may answer better: this one has no quorum, or is not there. */
export function isOfEndpoint({ code }: RemoteCallError): boolean {
  return code === 'UNAVAILABLE' || code === 'UNIMPLEMENTED';
}

/** Whether the token is of no use any more, so that a new one may help. */
export function isOutdatedToken({ code, message }: RemoteCallError): boolean {
  return code === 'UNAUTHENTICATED' || message.includes('revision of auth store');
}

/** Whether a lease has run out. */
export function isLeaseGone({ context }: RemoteCallError): boolean {
  return context['grpcCode'] === NOT_FOUND;
}

/** Whether a login failed because everybody may use this etcd. */
export function isWithoutUsers({ context }: RemoteCallError): boolean {
  return context['grpcCode'] === FAILED_PRECONDITION;
}

function codeOf(grpcCode: number, reason: string): RemoteErrorCode {
  // etcd has no code of its own for them.
  if (grpcCode === 3 && /authentication failed|user name is empty/.test(reason)) {
    return 'UNAUTHENTICATED';
  }
  const isAnswer = grpcCode === NOT_FOUND || grpcCode === FAILED_PRECONDITION;
  return CODES[grpcCode] ?? (isAnswer ? 'UNKNOWN' : 'UNAVAILABLE');
}

function failure(
  endpoint: string,
  code: RemoteErrorCode,
  reason: string,
  context: Readonly<Record<string, unknown>>,
  cause?: unknown,
): RemoteCallError {
  const remedy = REMEDIES[code];
  return new RemoteCallError(
    `etcd at ${endpoint}: ${reason}${remedy === undefined ? '' : `; ${remedy}`}`,
    { endpoint, ...context },
    { code, ...(cause !== undefined && { cause }) },
  );
}
