import { RemoteCallError } from '../errors/remote-call.error.js';

/**
 * Checks the names of an object that may hold keys, and shows none of its values.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` where it is no object, or has a member of another name
 */
export function checkMembers(
  owner: string,
  options: unknown,
  names: readonly string[],
): asserts options is object {
  const given = typeof options === 'object' && options !== null ? Object.keys(options) : undefined;
  const unknown = given?.find((name) => !names.includes(name));
  if (!given || unknown !== undefined) {
    throw new RemoteCallError(
      `${owner}: ${unknown === undefined ? 'give an object' : `there is no ${unknown}`}; ` +
        `there are ${names.join(', ')}`,
      { option: 'security' },
      { code: 'INVALID_ARGUMENT' },
    );
  }
}
