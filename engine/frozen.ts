/**
 * Freezes plain objects and lists to their depth. What has a class, or methods that its maker has not frozen, is left alone:
 * it may keep a state of its own.
 */
export function frozen<T>(value: T): T {
  freeze(value, new Set())
  return value
}

function freeze(value: unknown, seen: Set<object>): void {
  if (value === null || typeof value !== 'object' || seen.has(value) || !isData(value)) return
  seen.add(value)
  Object.freeze(value)
  for (const inner of Object.values(value)) freeze(inner, seen)
}

function isData(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return false
  return Object.isFrozen(value) || !Object.values(value).some((inner) => typeof inner === 'function')
}
