import type { EnvRead } from './env.ts'

/** A value of a configuration, and where it came from. */
export interface Origin {
  /** Its place: `deadlines.idleSeconds`. */
  readonly path: string
  readonly value: unknown
  readonly from: 'config.ts' | 'default' | EnvRead['from']
  /** The variables that have a part in it, or would have, were they set. */
  readonly variables: readonly string[]
}

/** Known by its text: the file may import another copy of this package than the command that asks. */
const ORIGINS = Symbol.for('starline.origins')

/** A configuration that can tell where its values came from; nobody sees a difference who doesn't ask. */
export function withOrigins<T extends object>(config: T, origins: readonly Origin[]): T {
  return Object.defineProperty(config, ORIGINS, { value: origins })
}

/** Where the values of a configuration came from; none for one that `defineConfig` has not made. */
export const originsIn = (config: object): readonly Origin[] => (config as { readonly [ORIGINS]?: readonly Origin[] })[ORIGINS] ?? []

/**
 * Tells of each value where it came from. What `env` gave is known again by its text, in the order in which it was read:
 * two variables may have one value.
 */
export function originsOf(spec: object, read: object, reads: readonly EnvRead[]): readonly Origin[] {
  const left = [...reads]
  const written = new Map(leavesOf(spec).map(({ path, value }) => [path, originOf(path, value, left)]))
  return leavesOf(read).map(({ path, value }) => written.get(path) ?? { path, value, from: 'default', variables: [] })
}

function originOf(path: string, value: unknown, left: EnvRead[]): Origin {
  const at = typeof value === 'string' ? left.findIndex((each) => each.value === value) : -1
  const [found] = at < 0 ? [] : left.splice(at, 1)
  if (found !== undefined) return { path, value, from: found.from, variables: [found.name] }
  // A text may be put together of variables.
  const parts = typeof value === 'string' ? left.filter((each) => each.value.length > 2 && value.includes(each.value)) : []
  return { path, value, from: 'config.ts', variables: parts.map(({ name }) => name) }
}

interface Leaf {
  readonly path: string
  readonly value: unknown
}

/** The values of an object, in its order, by their paths; of the ETLs their names. */
function leavesOf(of: object, before = ''): Leaf[] {
  return Object.entries(of).flatMap(([name, value]: [string, unknown]): Leaf[] => {
    const path = `${before}${name}`
    if (value === undefined) return []
    if (value === null || typeof value !== 'object') return [{ path, value }]
    return path === 'dimensions' || path === 'facts' ? [{ path, value: Object.keys(value) }] : leavesOf(value, `${path}.`)
  })
}
