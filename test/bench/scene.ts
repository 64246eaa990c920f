/** Where a run of the benchmark happens: servers of its own, with the settings that they come with, and a folder. All of it is gone afterwards. */

import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, freshPostgres, freshRedis, inSchema, SCHEMA, startOwn } from '../helpers/servers/index.ts'
import type { FreshDatabase } from '../helpers/servers/index.ts'
import type { OwnServer } from '../helpers/servers/own.ts'
import { whenWeAreGone } from '../helpers/servers/machine.ts'
import { openDoor } from './door.ts'
import type { Door } from './door.ts'
import { writeProject } from './project.ts'
import type { Project, ProjectText } from './project.ts'

/** An empty database, and a session with it of who may do everything. */
export interface Place extends Pick<FreshDatabase, 'name' | 'url' | 'readerUrl' | 'adminUrl'> {
  readonly door: Door
}

export interface Scene {
  readonly seed: number
  /** A new folder, in which anybody may write. */
  folder(name: string): string
  /** A team's folder. */
  project(text: ProjectText): Project
  mariadb(name: string): Promise<Place>
  /** The session works in the schema that a loader and a reader know. */
  postgres(name: string): Promise<Place>
  /** The URL of an empty Redis. */
  redis(): Promise<string>
  /** Takes away the databases and folders that were asked for since the last time. */
  clear(): Promise<void>
  /** The servers that were started, by name and version. */
  servers(): Promise<readonly string[]>
  /** Clears, and stops the servers. */
  close(): Promise<void>
}

export interface SceneOptions {
  readonly seed: number
  /** Whether projects run the package as it was built, as its users do; else the sources. */
  readonly compiled: boolean
  /** Whether servers are started for this alone; else those that tests share. */
  readonly own: boolean
}

export function openScene({ seed, compiled, own }: SceneOptions): Scene {
  const home = mkdtempSync(join(tmpdir(), 'starline-bench-'))
  chmodSync(home, 0o755)
  const callOff = whenWeAreGone('rm -rf "$1"', [home])
  const started = new Map<string, Promise<OwnServer>>()
  const undo: (() => Promise<void>)[] = []
  const server = async (kind: 'mariadb' | 'postgres' | 'redis', args: string[] = []): Promise<string | undefined> => {
    if (!own) return undefined
    const known = started.get(kind) ?? startOwn(kind, { args })
    started.set(kind, known)
    return (await known).url
  }
  const place = async (fresh: FreshDatabase, adminUrl: string): Promise<Place> => {
    const door = await openDoor(adminUrl)
    undo.push(fresh.drop, () => door.close())
    return { ...fresh, adminUrl, door }
  }
  const folder = (name: string): string => {
    const made = mkdtempSync(join(home, `${name}-`))
    chmodSync(made, 0o777)
    undo.push(async () => rmSync(made, { recursive: true, force: true }))
    return made
  }
  const clear = async (): Promise<void> => { for (const each of undo.splice(0).toReversed()) await each() }
  return {
    seed, folder, clear,
    project: (text) => writeProject(folder('project'), text, compiled),
    async mariadb(name) {
      // Tests go without waiting for the disk; what is measured keeps what it was told, as any real server does.
      const fresh = await freshDatabase(name, await server('mariadb', ['--innodb-flush-method=fsync', '--sync-frm=1']))
      return place(fresh, fresh.adminUrl)
    },
    async postgres(name) {
      const fresh = await freshPostgres(name, await server('postgres', ['-c', 'fsync=on']))
      return place(fresh, inSchema(fresh.adminUrl, SCHEMA))
    },
    async redis() {
      const url = await server('redis')
      if (url !== undefined) return url
      const fresh = await freshRedis()
      undo.push(fresh.drop)
      return fresh.url
    },
    servers: async () => (await Promise.all(started.values())).map(({ version }) => version),
    async close() {
      await clear()
      for (const each of started.values()) await (await each).stop()
      rmSync(home, { recursive: true, force: true })
      callOff()
    },
  }
}
