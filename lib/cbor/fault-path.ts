import { reasonOf } from '../errors/thrown-text.js';
import { EncodeError, type PathKey } from './codec-error.js';

/** A container on the way to what cannot be encoded, and the key that leads on from it. */
interface Step {
  readonly container: object;
  readonly key: PathKey;
}

/** The path to a part that cannot be encoded. It is collected while the error propagates from there. */
export class FaultPath {
  /** From the innermost container outwards. */
  private steps: Step[] = [];

  /**
   * An error leaves a container.
   *
   * @param key leads to where it came from
   * @returns the error, to be thrown on
   */
  passing(error: unknown, container: object, key: PathKey): unknown {
    this.steps.push({ container, key });
    return error;
  }

  /**
   * Explains an error that has left the outermost container, and forgets its path.
   *
   * @param root what the message calls the value
   */
  explain(error: unknown, root: string): EncodeError {
    const steps = this.steps.toReversed();
    this.steps = [];
    const path = steps.map((step) => step.key);
    const containers = steps.map((step) => step.container);
    // A cycle ends at some limit; only then is it worth looking for.
    const again = containers.findIndex((container, at) => containers.indexOf(container) < at);
    if (again > 0) return new EncodeError('cyclic reference', path.slice(0, again), root);
    if (error instanceof EncodeError) return new EncodeError(error.problem, path, root);
    return new EncodeError(`cannot read the value (${reasonOf(error)})`, path, root, {
      cause: error,
    });
  }
}
