/** How many statements go to servers, and over how many sessions. */

/** What was sent while something was done. */
export interface Sent {
  readonly statements: number
  readonly sessions: number
}

/** The drivers' connections as late imports see them: under mocha a module may be there twice, and databases are opened by late imports. */
const wires = async (): Promise<readonly object[]> => [
  (await import('../../engine/db/mysql/wire.ts')).Wire.prototype, (await import('../../engine/db/postgres/wire.ts')).Wire.prototype,
]

/** Counts every statement of this process that goes to a server until the work is done. */
export async function countSent(work: () => Promise<unknown>): Promise<Sent> {
  const seen = new Set<unknown>()
  let statements = 0
  const undo: (() => void)[] = []
  for (const wire of await wires()) {
    for (const name of ['run', 'start', 'submit']) {
      const method: unknown = Reflect.get(wire, name)
      if (typeof method !== 'function') continue
      Reflect.set(wire, name, function counted(this: unknown, ...args: unknown[]): unknown {
        statements += 1
        seen.add(this)
        return Reflect.apply(method, this, args)
      })
      undo.push(() => { Reflect.set(wire, name, method) })
    }
  }
  try {
    await work()
    return { statements, sessions: seen.size }
  } finally {
    for (const one of undo) one()
  }
}
