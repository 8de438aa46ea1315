import { ClientProxy, type ReadPacket } from '@nestjs/microservices';

/** A packet on its way out, with the texts that travel beside its data. */
export interface OutgoingPacket extends ReadPacket {
  metadata?: Record<string, string>;
}

/**
 * Nest's client with a hook at dispatch, which NestJS 12 has and NestJS 11 lacks: all that differs
 * between the two for this package.
 */
export abstract class DispatchingClient<
  Events extends Record<string, (...args: never[]) => void>,
> extends ClientProxy<Events> {
  // Declared only: NestJS 12 has this field, for NestJS 11 it is made with the hook.
  declare protected onDispatchHook?: (packet: OutgoingPacket) => void;

  /**
   * Sets a hook that is called with every outgoing packet, of calls and of events, before it is sent.
   *
   * @param hook may assign `packet.metadata`, which the handler reads with `context.getMetadata()`
   */
  override setOnDispatchHook(hook: (packet: OutgoingPacket) => void): void {
    this.onDispatchHook = hook;
  }
}
