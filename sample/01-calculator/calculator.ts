/** The calculator as its callers see it. */
export interface Calculator {
  add(a: number, b: number): number;
  sum(numbers: number[]): number;
  divide(a: bigint | number, b: bigint | number): bigint | number;
  factorise(): void;
  store(value: number): void;
  recall(): number;
}
