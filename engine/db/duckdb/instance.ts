import { mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { DatabaseError } from '../../errors.ts'
import { openError } from './errors.ts'

/** How an instance is made. */
export interface InstanceOptions {
  readonly readOnly: boolean
  readonly memoryLimit: string | undefined
  /** More of DuckDB's own settings. */
  readonly settings?: Readonly<Record<string, string>>
}

/** The one open instance of a file in this process, and what its sessions share. */
export interface SharedInstance {
  readonly path: string
  readonly readOnly: boolean
  /** Who holds each named lock. */
  readonly locks: Map<string, object>
  connect(): Promise<DuckDBConnection>
  /** Counts a session or a database that uses it; give the same object back with `release`. */
  readonly users: Set<object>
  /** A streamed result that ended by an error holds on to the file until it is collected. */
  readonly stale: Set<WeakRef<DuckDBResult>>
  readonly duckdb: DuckDBInstance
}

/**
 * The instances of this process by their real paths. Two of them on one file would each keep a state of their own, and
 * lose committed tables: DuckDB locks its file against other processes only.
 */
const instances = new Map<string, Promise<SharedInstance>>()

const MEMORY_LIMIT = '1GB'

/** Opens the file, or shares the instance that has it open. */
export async function acquire(path: string, options: InstanceOptions, place: string, user: object): Promise<SharedInstance> {
  if (path === ':memory:') return taken(await open(path, options, place), user)
  const real = await realPath(path, options.readOnly)
  for (;;) {
    const known = instances.get(real)
    if (known === undefined) {
      const opening = open(real, options, place)
      instances.set(real, opening)
      opening.catch(() => instances.delete(real))
      return taken(await opening, user)
    }
    const instance = await known
    if (instances.get(real) !== known) continue
    if (options.readOnly || !instance.readOnly) return taken(instance, user)
    throw new DatabaseError(`${path} is open in this process for reading only`, {
      where: place, wayOut: 'open it for writing first: a reader then shares that, and still writes nothing', transient: true,
    })
  }
}

function taken(instance: SharedInstance, user: object): SharedInstance {
  instance.users.add(user)
  return instance
}

/** The last user closes the file. */
export async function release(instance: SharedInstance, user: object): Promise<void> {
  if (!instance.users.delete(user) || instance.users.size > 0) return
  await collectStale(instance)
  // Somebody may have come in meanwhile. A result that still holds the file keeps the instance open for the next one.
  if (instance.users.size > 0 || instance.stale.size > 0) return
  instances.delete(instance.path)
  instance.duckdb.closeSync()
}

/** Results are freed by the collector alone: where one of them would keep the file locked, it is asked to run now. */
async function collectStale({ stale }: SharedInstance): Promise<void> {
  if (stale.size === 0) return
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let attempt = 0; attempt < 3 && stale.size > 0; attempt += 1) {
    await setImmediate()
    collect()
    await setImmediate()
    for (const result of stale) if (result.deref() === undefined) stale.delete(result)
  }
}

async function open(path: string, { readOnly, memoryLimit = MEMORY_LIMIT, settings = {} }: InstanceOptions, place: string): Promise<SharedInstance> {
  let duckdb: DuckDBInstance
  try {
    duckdb = await DuckDBInstance.create(path, {
      memory_limit: memoryLimit,
      // Nothing is ever downloaded.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...readOnly && path !== ':memory:' && { access_mode: 'READ_ONLY', enable_external_access: 'false' },
      ...settings,
    })
  } catch (error) {
    throw openError(error, place, path)
  }
  const setUp = await duckdb.connect()
  await setUp.run("SET GLOBAL TimeZone = 'UTC'")
  setUp.closeSync()
  return { path, readOnly, duckdb, locks: new Map(), users: new Set(), stale: new Set(), connect: () => duckdb.connect() }
}

/** The file's one name, also where it is reached by a link; the file itself may have to be made yet. */
async function realPath(path: string, readOnly: boolean): Promise<string> {
  const full = resolve(path)
  try {
    return await realpath(full)
  } catch {
    if (readOnly) return full
    await mkdir(dirname(full), { recursive: true })
    return join(await realpath(dirname(full)), basename(full))
  }
}
