/**
 * A manifest with a patch, as `kubectl patch` has it for containers and what they have: fields are
 * merged, and so are the entries of lists that have one name. Others are added.
 */
export function patchManifest<Value>(value: Value, patch: unknown): Value {
  return merged(value, patch) as Value;
}

function merged(value: unknown, patch: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(patch)) {
    const added = patch.filter((entry) => !value.some((one) => nameOf(one) === nameOf(entry)));
    const patchOf = (one: unknown): unknown =>
      patch.find((entry) => nameOf(entry) === nameOf(one)) ?? {};
    return [...value.map((one) => merged(one, patchOf(one))), ...added];
  }
  if (isRecord(value) && isRecord(patch)) {
    const fields = Object.entries(patch).map(([name, field]) => [name, merged(value[name], field)]);
    return { ...value, ...Object.fromEntries(fields) };
  }
  return patch;
}

function nameOf(entry: unknown): unknown {
  return isRecord(entry) ? entry['name'] : entry;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
