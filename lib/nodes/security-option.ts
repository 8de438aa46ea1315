import { optionError } from '../errors/option-error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { DEFAULT_ENGINE, type Engine } from './engine.js';
import type { NodeSecurity } from './security.js';

/** Options that security is to fit. */
interface SecuredOptions {
  security?: NodeSecurity | undefined;
  bind: readonly string[];
  connect: readonly string[];
  socketOptions: Readonly<Record<string, unknown>>;
}

/**
 * The option `security`.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for what is none, without its value
 */
export function securityOption(
  option: string,
  value: NodeSecurity | undefined,
): NodeSecurity | undefined {
  if (value !== undefined && !isSecurity(value)) {
    throw optionError(option, value, 'give curveServer({ … }) or curveClient({ … })');
  }
  return value;
}

/**
 * Checks that security does what its user expects: that it fits every address, and that nothing else
 * wants to do the same.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, the address and the remedy
 */
export function checkSecurityFits(options: SecuredOptions): void {
  const { security, bind, connect, socketOptions } = options;
  if (!security) {
    return;
  }
  const { role } = security;
  const wrong = (role === 'server' ? connect : bind)[0];
  if (wrong !== undefined) {
    throw misfit(
      role === 'server'
        ? `curveServer is for what listens; to connect to ${wrong} give curveClient`
        : `curveClient is for what connects; to listen on ${wrong} give curveServer`,
    );
  }
  const bare = [...bind, ...connect].find((address) => /^(udp|inproc):/.test(address));
  if (bare !== undefined) {
    throw misfit(
      `CURVE is for tcp:// and ipc://, and ${bare} would stay open; ` +
        'give it a server or client of its own',
    );
  }
  const other = Object.keys(socketOptions).find((name) => /^(curve|plain|zap)/.test(name));
  if (other !== undefined) {
    throw misfit(`socketOptions.${other} is another way to the same; leave one of them out`);
  }
}

/**
 * The engine: as it was given, else with security `'net'`, which alone knows by whose key a message
 * came.
 */
export function engineOf(engine: Engine | undefined, security: NodeSecurity | undefined): Engine {
  return engine ?? (security ? 'net' : DEFAULT_ENGINE);
}

/** Another copy of this package may have made it. */
function isSecurity(value: object): value is NodeSecurity {
  const { mechanism, role } = Object(value) as Partial<NodeSecurity>;
  return mechanism === 'curve' && (role === 'server' || role === 'client');
}

function misfit(reason: string): RemoteCallError {
  return new RemoteCallError(
    `option security: ${reason}`,
    { option: 'security' },
    { code: 'INVALID_ARGUMENT' },
  );
}
