/** Go's `omitempty`: undefined, which goJson leaves out, for zero, false, '' and what is empty. */
export function omitEmpty<T>(value: T): T | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (value instanceof Map) return value.size === 0 ? undefined : value;
  return value === 0 || value === 0n || value === '' || value === false || value === null
    ? undefined
    : value;
}
