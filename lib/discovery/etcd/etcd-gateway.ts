import { RemoteCallError } from '../../errors/remote-call.error.js';
import { answered, isOfEndpoint, unanswered } from './etcd-failure.js';
import { jsonLines } from './json-lines.js';
import { withTimeLimit } from './time-limit.js';

/** A request to etcd's gateway. */
export interface GatewayRequest {
  /** Behind `/v3/`, such as `kv/range`. */
  readonly path: string;
  readonly body: object;
  /** Who asks, where etcd has users. */
  readonly token?: string | undefined;
}

/**
 * Speaks to the JSON gateway of etcd's API v3, at one of several endpoints: where one does not answer,
 * the next one is asked, and stays in use.
 */
export class EtcdGateway {
  /** The endpoint that answered last. */
  private current = 0;

  /**
   * @param endpoints such as `http://127.0.0.1:2379`
   * @param timeout milliseconds that an endpoint has to answer
   */
  constructor(
    private readonly endpoints: readonly string[],
    private readonly timeout: number,
  ) {}

  /**
   * Asks for one answer.
   *
   * @throws {RemoteCallError} what etcd answered, or why no endpoint did; the reason of the signal
   */
  ask(request: GatewayRequest, signal: AbortSignal): Promise<unknown> {
    return this.atAnyEndpoint(signal, (endpoint) =>
      withTimeLimit(signal, this.timeout, async (limited) => {
        const response = await post(endpoint, request, limited);
        return response.json();
      }),
    );
  }

  /**
   * Begins a stream of answers, which lasts until it is left or the signal aborts it. It has no time limit:
   * who reads it knows how long it may be silent.
   *
   * @throws {RemoteCallError} as {@link ask}, until the stream has begun
   */
  stream(request: GatewayRequest, signal: AbortSignal): Promise<AsyncGenerator> {
    return this.atAnyEndpoint(signal, async (endpoint) => {
      const { body } = await post(endpoint, request, signal);
      return jsonLines(body as AsyncIterable<Uint8Array>);
    });
  }

  private async atAnyEndpoint<Result>(
    signal: AbortSignal,
    ask: (endpoint: string) => Promise<Result>,
  ): Promise<Result> {
    const { endpoints } = this;
    for (let failures = 1; ; failures++) {
      const endpoint = endpoints[this.current] as string;
      try {
        return await ask(endpoint);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = thrown instanceof RemoteCallError ? thrown : unanswered(endpoint, thrown);
        if (isOfEndpoint(error)) {
          this.current = (this.current + 1) % endpoints.length;
        }
        if (!isOfEndpoint(error) || failures >= endpoints.length) {
          throw error;
        }
      }
    }
  }
}

async function post(
  endpoint: string,
  { path, body, token }: GatewayRequest,
  signal: AbortSignal,
): Promise<Response> {
  const response = await fetch(`${endpoint}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      // A member without a leader says so, instead of staying silent.
      'grpc-metadata-hasleader': 'true',
      ...(token !== undefined && { authorization: token }),
    },
    signal,
  });
  if (!response.ok) {
    const answer: unknown = await response.json().catch(() => undefined);
    throw answered(endpoint, response.status, answer);
  }
  return response;
}
