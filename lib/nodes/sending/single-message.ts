import type { RemoteCallError } from '../../errors/remote-call.error.js';
import type { OutgoingMessage } from '../node.js';
import type { Route } from '../route.js';

/** An {@link OutgoingMessage} of given frames, which shares none of them. */
export class SingleMessage implements OutgoingMessage {
  readonly abandoned = false;
  readonly size: number;

  constructor(
    readonly route: Route,
    private readonly content: readonly Uint8Array[],
    readonly sent: () => void,
    readonly failed: (error: RemoteCallError) => void,
  ) {
    this.size = content.reduce((total, frame) => total + frame.byteLength, 0);
  }

  slice(): undefined {
    return undefined;
  }

  frames(): readonly Uint8Array[] {
    return this.content;
  }
}
