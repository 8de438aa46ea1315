/** A stretch of a buffer: what a view on it would show, without the price of making one (42 ns). */
export interface Slice {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}
