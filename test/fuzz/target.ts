/** Something that takes bytes of strangers. */
export interface FuzzTarget {
  /** Of its folder in the corpus, too. */
  readonly name: string;
  /** Well-formed inputs, and hostile ones, to begin with. */
  readonly seeds: readonly Buffer[];
  /**
   * Takes an input. What it does follows from the input alone.
   *
   * @returns what became of the input, in words without its numbers: an input with a new outcome is
   *   kept, and mutated itself
   * @throws where it does not take the input as it should
   */
  run(input: Buffer): string | Promise<string>;
  /** Frees what it holds. */
  close?(): Promise<void>;
}

/** Makes a target, which is ready. */
export type OpenTarget = () => FuzzTarget | Promise<FuzzTarget>;

/** A text without its numbers. */
export function withoutNumbers(text: string): string {
  return text.replaceAll(/\d+/g, '#');
}
