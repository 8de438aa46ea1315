/**
 * Marks the instances of a class, so that `instanceof` holds across duplicate installs of this package.
 *
 * Call it in a static block of the class. Classes that extend it are told apart as usual.
 *
 * @param constructor the class
 * @param name its name in every copy of this package
 */
export function brand(constructor: { readonly prototype: object }, name: string): void {
  const mark = Symbol.for(`nestjs-remote.${name}`);
  Object.defineProperty(constructor.prototype, mark, { value: true });
  Object.defineProperty(constructor, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      return this === constructor
        ? typeof value === 'object' && value !== null && mark in value
        : Function.prototype[Symbol.hasInstance].call(this, value);
    },
  });
}
