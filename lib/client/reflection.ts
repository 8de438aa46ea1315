import { RemoteCallError } from '../errors/remote-call.error.js';
import {
  DESCRIBE_METHOD,
  type MethodDescription,
  PING_METHOD,
  type ServiceDescription,
  type ServiceStatus,
} from '../protocol/reserved-methods.js';
import type { IssueCallOptions } from './issue-call-options.js';
import type { RemoteClient } from './remote-client.js';

/** What asks a service about itself: a client of any methods. */
export type Asker = Pick<RemoteClient, 'issueCall'>;

/**
 * Asks a service whether it is there.
 *
 * @returns what it says of itself; undefined where it responds, but does not know the question, as a
 *   service in Python
 * @throws {RemoteCallError} where it does not respond
 */
export async function askStatus(
  client: Asker,
  options: IssueCallOptions = {},
): Promise<ServiceStatus | undefined> {
  try {
    const status = await client.issueCall(PING_METHOD, [], options);
    return isStatus(status) ? status : undefined;
  } catch (error) {
    if (isUnknownMethod(error)) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Asks a service what it serves.
 *
 * @throws {RemoteCallError} `UNIMPLEMENTED` where it does not say (option `reflection`), or what keeps
 *   it from responding
 */
export async function askMethods(
  client: Asker,
  options: IssueCallOptions = {},
): Promise<readonly MethodDescription[]> {
  const { methods } = await client.issueCall<ServiceDescription>(DESCRIBE_METHOD, [], options);
  return methods;
}

export type { MethodDescription, ServiceStatus };

function isStatus(value: unknown): value is ServiceStatus {
  return typeof value === 'object' && value !== null && 'instance' in value && 'uptime' in value;
}

/** A base peer has no code for a method that it does not have. */
function isUnknownMethod(error: unknown): boolean {
  return (
    error instanceof RemoteCallError &&
    error.origin === 'remote' &&
    (error.code === 'UNIMPLEMENTED' || error.code === 'UNKNOWN')
  );
}
