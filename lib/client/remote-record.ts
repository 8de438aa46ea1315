import { brand } from '../errors/brand.js';

/** What one call may set for itself. */
export interface CallOptions {
  /** The identity of the service behind a router. Default: the client's `address`. */
  address?: string | Uint8Array;
  /** Milliseconds until the response; 0 means none. Default: the client's `timeout`. */
  timeout?: number;
  /**
   * Whether the call may run twice: it is then repeated at another server once its own is lost, within
   * its timeout. Default: the client's `idempotent`.
   */
  idempotent?: boolean;
  /** Named texts that travel beside the arguments, e.g. `traceparent`. */
  metadata?: Record<string, string>;
}

/**
 * A payload with options of its own, for `send` and `emit`. Made by {@link RemoteRecordBuilder}.
 */
export class RemoteRecord {
  static {
    brand(this, 'RemoteRecord');
  }

  /**
   * @param args the positional arguments; Nest's payload is the only one
   * @param options what this call sets for itself
   */
  constructor(
    readonly args: readonly unknown[],
    readonly options: CallOptions,
  ) {}
}

/**
 * Builds a {@link RemoteRecord}.
 *
 * ```ts
 * client.send('sum', new RemoteRecordBuilder([1, 2]).setAddress('svc').setTimeout(500).build());
 * client.send('add', RemoteRecordBuilder.fromArguments(1, 2).build());
 * ```
 */
export class RemoteRecordBuilder {
  private args: readonly unknown[];
  private readonly options: CallOptions = {};

  /** @param payload the payload, as one would give it to `send` */
  constructor(payload?: unknown) {
    this.args = [payload];
  }

  /** Begins a record of positional arguments, as many as a Python method takes. */
  static fromArguments(...args: unknown[]): RemoteRecordBuilder {
    const builder = new RemoteRecordBuilder();
    builder.args = args;
    return builder;
  }

  /** Sets the identity of the service behind a router. */
  setAddress(address: string | Uint8Array): this {
    this.options.address = address;
    return this;
  }

  /** Sets the time until the response in milliseconds; 0 means none. */
  setTimeout(timeout: number): this {
    this.options.timeout = timeout;
    return this;
  }

  /** Sets named texts that travel beside the arguments. */
  setMetadata(metadata: Record<string, string>): this {
    this.options.metadata = metadata;
    return this;
  }

  /** Sets whether the call may run twice, and so be repeated once its server is lost. */
  setIdempotent(idempotent = true): this {
    this.options.idempotent = idempotent;
    return this;
  }

  build(): RemoteRecord {
    return new RemoteRecord(this.args, { ...this.options });
  }
}
