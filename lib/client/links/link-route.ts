import { Route } from '../../nodes/route.js';
import { DIRECT } from '../../protocol/wire-constants.js';

/** How many CANCELs are kept at most until they may be sent. */
const MAX_OWED = 1024;

/** One address frame on one link, with what is known of who answers there. */
export class LinkRoute extends Route {
  /** Whether who answers understands the extension: all that is sent before is base protocol. */
  isExtended = false;
  /** Whether the address frame says that no router is in between. */
  readonly isDirect: boolean;
  /** Answers to earlier calls come from somebody who said goodbye. */
  private learnsFrom = 0;
  /** Calls that were cancelled before it was known whether a CANCEL would be understood. */
  private deferredCancels: number[] = [];

  /** @param isMultipart whether a message can have several frames */
  constructor(
    override readonly address: Buffer,
    private readonly isMultipart: boolean,
  ) {
    super(address);
    this.isDirect = address.equals(DIRECT);
  }

  /** Whether large byte strings may travel in frames of their own. */
  get takesAttachments(): boolean {
    return this.isExtended && this.isDirect && this.isMultipart;
  }

  deferCancel(id: number): void {
    if (this.deferredCancels.length < MAX_OWED) {
      this.deferredCancels.push(id);
    }
  }

  /** Takes the CANCELs that may be sent now. */
  takeDeferredCancels(): readonly number[] {
    const { deferredCancels } = this;
    if (deferredCancels.length > 0) {
      this.deferredCancels = [];
    }
    return deferredCancels;
  }

  /**
   * An answer shows that its sender understands the extension.
   *
   * @param sequence of the call that was answered; -1 where it is not known any more
   * @returns whether the sender is who answers there from now on
   */
  learn(sequence: number): boolean {
    this.isExtended = this.learnsFrom === 0 || sequence >= this.learnsFrom;
    return this.isExtended;
  }

  /**
   * Another may answer there now.
   *
   * @param learnsFrom the first call whose answer comes from the other
   */
  forget(learnsFrom = 0): void {
    this.isExtended = false;
    this.learnsFrom = Math.max(this.learnsFrom, learnsFrom);
  }

  /** The link is lost: whatever ran there has ended. */
  reset(): void {
    this.isExtended = false;
    this.learnsFrom = 0;
    this.deferredCancels = [];
  }
}
