import { optionError } from '../../errors/option-error.js';

/** Where etcd is, and as whom one asks. */
export interface EtcdAccess {
  /** Such as `http://127.0.0.1:2379`. */
  readonly endpoints: readonly string[];
  readonly user: string | undefined;
  /** A method, so that no inspection of the object shows it. */
  password(): string;
}

/** The servers of one name in etcd. */
export interface EtcdSource {
  readonly access: EtcdAccess;
  /** What the keys of its servers begin with: `/services/math/`. */
  readonly prefix: string;
}

const PORT = 2379;
const HOST = /^(\[[^\]\s]+\]|[^\s:[\]]+)(?::(\d{1,5}))?$/;
const SOURCE = /^etcd(s?):\/\/(?:([^@/:]+):([^@/]*)@)?([^/@]+)\/(.*)$/;
const ENDPOINT = /^(?:(https?):\/\/)?([^/@]+)\/?$/;

/**
 * Reads `etcd://user:password@host:2379,other:2379/services/math`. `etcds://` is etcd behind TLS.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for what is none, without its password
 */
export function readEtcdSource(text: string, option: string): EtcdSource {
  const [, tls = '', user, password = '', hosts = '', path = ''] = SOURCE.exec(text) ?? [];
  const prefix = prefixOf(path);
  const endpoints = hosts.split(',').map((host) => endpointOf(`http${tls}`, host));
  if (prefix === undefined || !areKnown(endpoints)) {
    throw optionError(
      option,
      withoutSecrets(text),
      "give 'etcd://host:2379/name', with the name that servers register under, and as " +
        "'etcd://user:password@…' where etcd has users; other characters than letters and digits in " +
        'user and password are written with %',
    );
  }
  return { access: etcdAccess(endpoints, decode(user), decode(password)), prefix };
}

/**
 * Reads endpoints of etcd as its own tools take them: `http://host:2379`, or `host:2379` alone.
 *
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for what is none, and where there are none
 */
export function readEndpoints(
  texts: readonly string[] | undefined,
  option: string,
): readonly string[] {
  if (texts === undefined) {
    throw optionError(option, texts, "give the address of etcd, such as 'http://host:2379'");
  }
  return texts.map((text) => {
    const [, protocol = 'http', host = ''] = ENDPOINT.exec(text) ?? [];
    const endpoint = endpointOf(protocol, host);
    if (endpoint === undefined) {
      const remedy =
        "give 'http://host:2379' or 'https://host:2379'; user and password are options";
      throw optionError(option, withoutSecrets(text), remedy);
    }
    return endpoint;
  });
}

export function etcdAccess(
  endpoints: readonly string[],
  user: string | undefined,
  password = '',
): EtcdAccess {
  return { endpoints, user, password: () => password };
}

/** What keys of a name begin with; undefined for a name that is empty. */
export function prefixOf(name: string): string | undefined {
  const path = name.replaceAll(/^\/+|\/+$/g, '');
  return path === '' || /\s/.test(path) ? undefined : `/${path}/`;
}

function endpointOf(protocol: string, text: string): string | undefined {
  const [, host, port = String(PORT)] = HOST.exec(text) ?? [];
  return host === undefined || Number(port) > 65_535 ? undefined : `${protocol}://${host}:${port}`;
}

/** A text that cannot be read: its password may have any character. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/.*@/s, '//');
}

function areKnown(endpoints: readonly (string | undefined)[]): endpoints is readonly string[] {
  return !endpoints.includes(undefined);
}

function decode(text: string): string;
function decode(text: string | undefined): string | undefined;
function decode(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return text; // A % of its own.
  }
}
