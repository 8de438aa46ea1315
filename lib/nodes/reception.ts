import type { Readable } from 'zeromq';

/** Takes the messages off one socket after the other, and can be held back. */
export class Reception {
  private resumed: Promise<void> | undefined;
  private resumeNow: (() => void) | undefined;

  /** Delivers nothing more until {@link resume}: what arrives waits in the socket. */
  pause(): void {
    this.resumed ??= new Promise((resolve) => {
      this.resumeNow = resolve;
    });
  }

  resume(): void {
    this.resumeNow?.();
    this.resumed = undefined;
    this.resumeNow = undefined;
  }

  /**
   * Receives until the socket is not the current one any more.
   *
   * @throws whatever ended it, also where that was its closing
   */
  async run(
    socket: Readable,
    isCurrent: () => boolean,
    deliver: (frames: Buffer[]) => void,
  ): Promise<void> {
    while (isCurrent()) {
      const frames = await socket.receive();
      while (this.resumed) {
        await this.resumed;
      }
      if (isCurrent()) {
        deliver(frames);
      }
    }
  }
}
