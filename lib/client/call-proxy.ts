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
  invoke: (method: string, args: readonly unknown[]) => unknown,
): object {
  const methods = new Map<string, (...args: unknown[]) => unknown>();
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
