import { existsSync } from 'node:fs'
import { readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { ConfigurationError, DatabaseError, messageOf } from '../../errors.ts'
import { makeFolder } from '../../folders.ts'
import { openError } from './errors.ts'

/** How an instance is made. */
export interface InstanceOptions {
  readonly readOnly: boolean
  readonly memoryLimit: string | undefined
  /** More of DuckDB's own settings. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A session that holds a lock. */
interface Holder {
  readonly name: string
  /** Ends it for this reason; resolves when DuckDB has let go. */
  close(reason: Error): Promise<void>
}

/** The one open instance of a file in this process, and what its sessions share. */
export interface SharedInstance {
  readonly path: string
  /** Opened for reading only: a writer that comes while nobody reads opens it again. */
  readOnly: boolean
  duckdb: Promise<DuckDBInstance>
  /** Sessions and databases that use it: each is given back with `release`. */
  readonly users: Set<object>
  readonly sessions: Set<object>
  /** Who holds each named lock. */
  readonly locks: Map<string, Holder>
  /** A streamed result that ended by an error holds on to the file until it is collected. */
  readonly stale: Set<WeakRef<DuckDBResult>>
}

/**
 * The instances of this process by their real paths. Two of them on one file would each keep a state of their own, and
 * lose committed tables: DuckDB locks its file against other processes only.
 */
const instances = new Map<string, SharedInstance>()

const MEMORY_LIMIT = '1GB'

/** Opens the file, or shares the instance that has it open. */
export async function acquire(path: string, options: InstanceOptions, place: string, user: object): Promise<SharedInstance> {
  const real = path === ':memory:' ? path : await realPath(path, options.readOnly, place)
  const known = real === ':memory:' ? undefined : instances.get(real)
  if (known === undefined) return opened(newInstance(real, options, place), user)
  if (options.readOnly || !known.readOnly) return opened(known, user)
  return opened(await forWriting(known, options, place), user)
}

/** A connection for a session, which is given back with `release`. */
export async function connect(instance: SharedInstance, session: object): Promise<DuckDBConnection> {
  instance.users.add(session)
  instance.sessions.add(session)
  try {
    return await (await instance.duckdb).connect()
  } catch (error) {
    await release(instance, session)
    throw error
  }
}

/** Gives back what a database or a session took; the last one closes the file. */
export async function release(instance: SharedInstance, user: object): Promise<void> {
  instance.sessions.delete(user)
  if (!instance.users.delete(user) || instance.users.size > 0) return
  await collectStale(instance)
  const duckdb = await instance.duckdb.catch(() => undefined)
  // Somebody may have come in meanwhile. A result that still holds the file keeps the instance open for the next one.
  if (instance.users.size > 0 || instance.stale.size > 0) return
  if (instances.get(instance.path) === instance) instances.delete(instance.path)
  duckdb?.closeSync()
}

function newInstance(path: string, options: InstanceOptions, place: string): SharedInstance {
  const instance: SharedInstance = {
    path, readOnly: options.readOnly, duckdb: open(path, options, place), users: new Set(), sessions: new Set(), locks: new Map(), stale: new Set(),
  }
  if (path !== ':memory:') instances.set(path, instance)
  return instance
}

async function opened(instance: SharedInstance, user: object): Promise<SharedInstance> {
  instance.users.add(user)
  try {
    await instance.duckdb
    return instance
  } catch (error) {
    await release(instance, user)
    throw error
  }
}

async function forWriting(instance: SharedInstance, options: InstanceOptions, place: string): Promise<SharedInstance> {
  if (instance.sessions.size > 0 || instance.stale.size > 0) {
    throw new DatabaseError(`this process is reading ${instance.path}, which it opened for reading only`, {
      where: place, wayOut: 'open it for writing first: who reads then shares that, and still writes nothing', transient: true,
    })
  }
  const before = instance.duckdb
  instance.readOnly = false
  instance.duckdb = (async () => {
    (await before).closeSync()
    return open(instance.path, options, place)
  })()
  return instance
}

/** Results are freed by the collector alone: where one of them would keep the file locked, it is asked to run now. */
async function collectStale({ stale }: SharedInstance): Promise<void> {
  if (stale.size === 0) return
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  for (let attempt = 0; attempt < 3 && stale.size > 0; attempt += 1) {
    await setImmediate()
    if (typeof collect === 'function') collect()
    await setImmediate()
    for (const result of stale) if (result.deref() === undefined) stale.delete(result)
  }
}

async function open(path: string, { readOnly, memoryLimit = MEMORY_LIMIT, settings = {} }: InstanceOptions, place: string): Promise<DuckDBInstance> {
  const torn = !readOnly && path !== ':memory:' && existsSync(`${path}.wal`)
  try {
    const duckdb = await DuckDBInstance.create(path, {
      memory_limit: memoryLimit,
      // Nothing is ever downloaded.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...readOnly && path !== ':memory:' && { access_mode: 'READ_ONLY', enable_external_access: 'false' },
      ...settings,
    })
    const setUp = await duckdb.connect()
    await setUp.run("SET GLOBAL TimeZone = 'UTC'")
    // A process was killed. What DuckDB replays goes into an index only when the index is first used; its own checkpoint at
    // close forgets that, and the next delete of such a row would end every process from then on. One that is asked for does not.
    if (torn) await setUp.run('CHECKPOINT')
    setUp.closeSync()
    return duckdb
  } catch (error) {
    throw openError(error, place, path)
  }
}

/** The file's one name, also where it is reached by links; the file itself may have to be made yet. */
async function realPath(path: string, readOnly: boolean, place: string): Promise<string> {
  const full = resolve(path)
  try {
    return await realpath(full)
  } catch {
    const folder = dirname(full)
    if (!readOnly) makeItsFolder(folder, place)
    const target = await readlink(full).catch(() => undefined)
    if (target !== undefined) return realPath(resolve(folder, target), readOnly, place)
    return join(await realpath(folder).catch(() => folder), basename(full))
  }
}

function makeItsFolder(folder: string, place: string): void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new ConfigurationError("the database's folder can't be made", { where: place, why: messageOf(error), wayOut: 'name a path in a folder that can be written', cause: error })
  }
}
