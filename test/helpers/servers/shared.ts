/** The servers that all tests of one process share, and what is to be undone when the tests have ended. */

import type { Server, ServerKind } from './kind.ts'
import { climb, provideBinaries } from './ladder.ts'
import type { Rung } from './ladder.ts'
import { said } from './machine.ts'
import { mariadbKind } from './mariadb.ts'
import { startOwnServer } from './own.ts'
import type { OwnOptions, OwnServer } from './own.ts'
import { postgresKind } from './postgres.ts'
import { redisKind } from './redis.ts'

export const kinds = { mariadb: mariadbKind, postgres: postgresKind, redis: redisKind } satisfies Record<string, ServerKind>

/** The MariaDB (or MySQL) that the tests of this process share. Its user may do everything. */
export const mariadb = (): Promise<Server> => shared(mariadbKind)

/** The PostgreSQL that the tests of this process share. Its user may do everything. */
export const postgres = (): Promise<Server> => shared(postgresKind)

/** The Redis that the tests of this process share. */
export const redis = (): Promise<Server> => shared(redisKind)

/** A server for one test alone, always from binaries; stop it when done. It is gone at the end of the tests in any case. */
export async function startOwn(kind: keyof typeof kinds, options?: OwnOptions): Promise<OwnServer> {
  await provideBinaries(kinds[kind])
  const server = await startOwnServer(kinds[kind], options)
  state.atTheEnd.push(() => server.stop())
  return server
}

/** Something to undo when the tests have ended, before the servers stop. */
export const atTheEnd = (undo: () => Promise<void>): void => { state.atTheEnd.push(undo) }

export interface State {
  rungs: Map<string, Promise<Rung>>
  servers: Map<string, Promise<Server>>
  atTheEnd: (() => Promise<void>)[]
  /** Does the slow part for every kind, so that no test's own time limit has to bear it. */
  provide(): Promise<void>
  stopAll(): Promise<void>
  /** Begins to undo what is left to be undone; the servers end by themselves when the process has. */
  letGo(): void
}

// One state for the process: under mocha a module may be loaded twice, once by `require` and once by `import`.
const everywhere = globalThis as { [key: symbol]: State | undefined }
const state = everywhere[Symbol.for('starline.test.servers')] ??= newState()

function shared(kind: ServerKind): Promise<Server> {
  return once(state.servers, kind.name, async () => {
    const server = await (await rungOf(kind)).start()
    process.stderr.write(`tests: ${server.version} ${server.rung}\n`)
    return server
  })
}

const rungOf = (kind: ServerKind) => once(state.rungs, kind.name, () => climb(kind))

function once<T>(made: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(name) ?? make()
  made.set(name, known)
  return known
}

function newState(): State {
  const fresh: State = {
    rungs: new Map(),
    servers: new Map(),
    atTheEnd: [],
    async provide() {
      // A kind that can't be had fails the tests that ask for it, and only those.
      for (const kind of Object.values(kinds)) await rungOf(kind).catch(() => {})
    },
    letGo() {
      for (const undo of fresh.atTheEnd.splice(0).toReversed()) undo().catch(() => {})
    },
    async stopAll() {
      for (const undo of fresh.atTheEnd.splice(0).toReversed()) await undo().catch(report)
      for (const server of fresh.servers.values()) await server.then((each) => each.stop()).catch(() => {})
      fresh.servers.clear()
    },
  }
  return fresh
}

const report = (error: unknown) => process.stderr.write(`tests: while tidying up: ${said(error)}\n`)
