import type { Observable } from 'rxjs';

/** The last value of a response with several, the value of any other. */
type LastValue<Result> =
  Result extends Promise<infer Value>
    ? LastValue<Value>
    : Result extends Observable<infer Item>
      ? Item
      : Result extends AsyncIterable<infer Item>
        ? Item
        : Result;

/** A service's methods, and not its other members, each with another result. */
type Methods<Service, Result extends 'response' | 'nothing'> = {
  readonly [
    Name in keyof Service as Service[Name] extends (...args: never[]) => unknown ? Name : never
  ]: Service[Name] extends (...args: infer Args) => infer Returned
    ? (...args: Args) => Promise<Result extends 'response' ? LastValue<Returned> : void>
    : never;
};

// An untyped service has every method, also where the compiler forbids properties of an index
// signature: only `any` is such a type.
// oxlint-disable-next-line typescript/no-explicit-any
type Untyped = any;

/**
 * The methods of a service as its caller sees them: the same arguments, and the promise of the
 * result. Of a method that responds with several values, the last one.
 *
 * Without a type every name is a method.
 */
export type RemoteMethods<Service> = 0 extends 1 & Service ? Untyped : Methods<Service, 'response'>;

/** The methods of a service as notifications. */
export type RemoteNotifications<Service> = 0 extends 1 & Service
  ? Untyped
  : Methods<Service, 'nothing'>;

/** Names that must stay undefined, or `await client.call` and `JSON.stringify` would call them. */
const NOT_METHODS: ReadonlySet<PropertyKey> = new Set(['then', 'toJSON']);

/** How many methods are kept at most, as in the original: names may come from anywhere. */
const MAX_METHODS = 128;

/**
 * An object on which every text name is a method.
 *
 * Mirrors `Client.call` of the Python original, where `client.call.add(1, 2)` calls `add`.
 *
 * @param invoke is called with the method's name and arguments
 */
export function createCallProxy(
  invoke: (method: string, args: readonly unknown[]) => Promise<unknown>,
): object {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  return new Proxy(Object.freeze(Object.create(null) as object), {
    get(_target, name) {
      if (typeof name === 'symbol' || NOT_METHODS.has(name)) {
        return undefined;
      }
      let method = methods.get(name);
      if (!method) {
        if (methods.size === MAX_METHODS) {
          methods.clear();
        }
        method = (...args) => invoke(name, args);
        methods.set(name, method);
      }
      return method;
    },
  });
}
