import { optionError } from '../errors/option-error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { SecurityOption } from './security.js';

/** Options that security is to fit. */
interface SecuredOptions {
  security?: SecurityOption | undefined;
  bind: readonly string[];
  connect: readonly string[];
}

/**
 * The option `security`.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for what is none, without its value
 */
export function securityOption(
  option: string,
  value: SecurityOption | undefined,
): SecurityOption | undefined {
  if (value !== undefined && value !== 'none' && !isSecurity(value)) {
    throw optionError(option, value, "give udpKey({ id, key }), or 'none'");
  }
  return value;
}

/**
 * Checks that security fits every address.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, the address and the remedy
 */
export function checkSecurityFits({ security, bind, connect }: SecuredOptions): void {
  if (security === undefined || security === 'none') {
    return;
  }
  const other = [...bind, ...connect].find((address) => !address.startsWith('udp://'));
  if (other !== undefined) {
    throw new RemoteCallError(
      `option security: udpKey is for udp://, and ${other} would stay open; ` +
        'give it a server or client of its own',
      { option: 'security' },
      { code: 'INVALID_ARGUMENT' },
    );
  }
}

/** Another copy of this package may have made it. */
function isSecurity(value: unknown): boolean {
  return (Object(value) as { readonly mechanism?: unknown }).mechanism === 'udp-key';
}
