import type { MessageHandler } from '@nestjs/microservices';

/** Finds the handler of a pattern: exactly, as Nest normalises it, or (events) by its prefix. */
export class HandlerTable {
  /** Event patterns that end in `*`, the longest first. Made when first needed. */
  private prefixes: [prefix: string, handler: MessageHandler][] | undefined;

  /**
   * @param handlers Nest's table, by normalised pattern; complete before the first look-up
   * @param normalise normalises the JSON text of an object pattern as Nest does
   */
  constructor(
    private readonly handlers: ReadonlyMap<string, MessageHandler>,
    private readonly normalise: (pattern: string) => string,
  ) {}

  find(pattern: string): MessageHandler | undefined {
    const handler = this.handlers.get(pattern);
    if (handler || !pattern.startsWith('{')) {
      return handler;
    }
    return this.handlers.get(this.normalise(pattern));
  }

  findForEvent(pattern: string): MessageHandler | undefined {
    return this.find(pattern) ?? this.findByPrefix(pattern);
  }

  /** What a SUB socket must subscribe to for the event handlers. */
  topics(): string[] {
    return this.patterns(true).map((pattern) => pattern.replace(/\*$/, ''));
  }

  /** The patterns of the event handlers, or of the others. */
  patterns(ofEvents: boolean): string[] {
    return [...this.handlers]
      .filter(([, handler]) => (handler.isEventHandler ?? false) === ofEvents)
      .map(([pattern]) => pattern);
  }

  private findByPrefix(pattern: string): MessageHandler | undefined {
    this.prefixes ??= [...this.handlers]
      .filter(([name, handler]) => handler.isEventHandler && name.endsWith('*'))
      .map(([name, handler]): [string, MessageHandler] => [name.slice(0, -1), handler])
      .toSorted(([one], [other]) => other.length - one.length);
    return this.prefixes.find(([prefix]) => pattern.startsWith(prefix))?.[1];
  }
}
