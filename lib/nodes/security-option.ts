import { optionError } from '../errors/option-error.js';
import { RemoteCallError } from '../errors/remote-call.error.js';
import { DEFAULT_ENGINE, type Engine } from './engine.js';
import {
  type CurveSecurity,
  type NodeSecurity,
  type SecurityOption,
  securityBy,
} from './security.js';

/** Options that security is to fit. */
interface SecuredOptions {
  security?: SecurityOption | undefined;
  bind: readonly string[];
  connect: readonly string[];
  socketOptions: Readonly<Record<string, unknown>>;
}

/** What each mechanism is for, and which addresses it does not protect. */
const REACH: Record<NodeSecurity['mechanism'], { purpose: string; open: RegExp }> = {
  curve: { purpose: 'CURVE is for tcp:// and ipc://', open: /^(udp|inproc|memory):/ },
  'udp-key': { purpose: 'udpKey is for udp://', open: /^(?!udp:)/ },
};

const CURVE = 'with curveServer or curveClient';

/** What protects an address that the given mechanism does not. */
const REMEDIES: Readonly<Record<string, string>> = {
  tcp: CURVE,
  ipc: CURVE,
  udp: 'with udpKey',
  inproc: 'without security: nobody outside of the process can reach it',
  memory: 'without security: nobody outside of the process can reach it',
};

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
    const remedy =
      "give curveServer({ … }), curveClient({ … }) or, for udp://, udpKey({ … }), or 'none'";
    throw optionError(option, value, remedy);
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
  const addresses = [...bind, ...connect];
  checkSocketOptions(addresses, socketOptions);
  if (security === undefined || security === 'none') {
    return;
  }
  const curve = securityBy('curve', security);
  if (curve) {
    checkRole(curve, options);
  }
  const { purpose, open } = REACH[security.mechanism];
  const other = addresses.find((address) => open.test(address));
  if (other !== undefined) {
    const [scheme = ''] = other.split(':');
    throw misfit(
      `${purpose}, and ${other} would stay open; ` +
        `give it a server or client of its own, ${REMEDIES[scheme] ?? CURVE}`,
    );
  }
  const twice = securingOption(socketOptions);
  if (twice !== undefined) {
    throw misfit(`socketOptions.${twice} is another way to the same; leave one of them out`);
  }
}

/**
 * The engine: as it was given, else with CURVE `'net'`, which alone knows by whose key a message came.
 */
export function engineOf(engine: Engine | undefined, security: SecurityOption | undefined): Engine {
  return engine ?? (securityBy('curve', security) ? 'net' : DEFAULT_ENGINE);
}

/** The name of an option of zeromq.js that protects `tcp://` and `ipc://`, if there is one. */
export function securingOption(
  socketOptions: Readonly<Record<string, unknown>>,
): string | undefined {
  return Object.keys(socketOptions).find((name) => /^(curve|plain|zap)/.test(name));
}

/** Datagrams would not be protected. */
function checkSocketOptions(
  addresses: readonly string[],
  socketOptions: Readonly<Record<string, unknown>>,
): void {
  const secured = securingOption(socketOptions);
  const exposed = addresses.find((address) => address.startsWith('udp://'));
  if (secured !== undefined && exposed !== undefined) {
    throw optionError(
      `socketOptions.${secured}`,
      exposed,
      'it does nothing for datagrams; give UDP a server or client of its own, with udpKey',
    );
  }
}

function checkRole({ role }: CurveSecurity, { bind, connect }: SecuredOptions): void {
  const [wrong] = role === 'server' ? connect : bind;
  if (wrong !== undefined) {
    throw misfit(
      role === 'server'
        ? `curveServer is for what listens; to connect to ${wrong} give curveClient`
        : `curveClient is for what connects; to listen on ${wrong} give curveServer`,
    );
  }
}

/** Another copy of this package may have made it. */
function isSecurity(value: object): value is NodeSecurity {
  const { mechanism, role } = Object(value) as { mechanism?: unknown; role?: unknown };
  return (
    mechanism === 'udp-key' || (mechanism === 'curve' && (role === 'server' || role === 'client'))
  );
}

function misfit(reason: string): RemoteCallError {
  return new RemoteCallError(
    `option security: ${reason}`,
    { option: 'security' },
    { code: 'INVALID_ARGUMENT' },
  );
}
