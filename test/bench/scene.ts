/** Where a run of the benchmark happens: servers of its own, with the settings that they come with, and a folder. All of it is gone afterwards. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, freshPostgres, startOwn } from '../helpers/servers/index.ts'
import type { FreshDatabase } from '../helpers/servers/index.ts'
import type { OwnServer } from '../helpers/servers/own.ts'
import { writeProject } from './project.ts'
import type { Project, ProjectText } from './project.ts'

export interface Scene {
  readonly seed: number
  /** A team's folder. */
  project(text: ProjectText): Project
  /** A new folder of its own. */
  folder(name: string): string
  mariadb(name: string): Promise<FreshDatabase>
  postgres(name: string): Promise<FreshDatabase>
  redis(): Promise<OwnServer>
  close(): Promise<void>
  /** The servers that were started, by name and version. */
  servers(): Promise<readonly string[]>
}

/** @param compiled whether projects run the package as it was built, as its users do; else the sources */
export function openScene(seed: number, compiled = true): Scene {
  const home = mkdtempSync(join(tmpdir(), 'starline-bench-'))
  const started = new Map<string, Promise<OwnServer>>()
  const server = (kind: 'mariadb' | 'postgres' | 'redis', args: string[]): Promise<OwnServer> => {
    const known = started.get(kind) ?? startOwn(kind, { args })
    started.set(kind, known)
    return known
  }
  return {
    seed,
    project: (text) => writeProject(mkdtempSync(join(home, 'project-')), text, compiled),
    folder: (name) => mkdtempSync(join(home, `${name}-`)),
    mariadb: async (name) => freshDatabase(name, (await server('mariadb', [])).url),
    // Tests go without; what is measured keeps what it was told, as any real server does.
    postgres: async (name) => freshPostgres(name, (await server('postgres', ['-c', 'fsync=on'])).url),
    redis: () => server('redis', []),
    async close() {
      for (const each of started.values()) await (await each).stop()
      rmSync(home, { recursive: true, force: true })
    },
    servers: async () => (await Promise.all(started.values())).map(({ version }) => version),
  }
}
