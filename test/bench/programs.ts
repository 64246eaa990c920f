/** Programs of others, as far as they are installed. A way that needs one which is not here is listed with its name. */

import { spawnSync } from 'node:child_process'
import { findBinary } from '../helpers/servers/machine.ts'
import { measureProgram } from './measure.ts'
import type { Figures } from './measure.ts'

export interface Programs {
  /** Why something of it is missing. */
  readonly skip: string | undefined
  /** Runs a line of a shell, in which each program is called `"$0"`, `"$1"` …, in the order in which they were asked for. */
  readonly run: (line: string, env?: NodeJS.ProcessEnv) => Promise<Figures>
}

/** Looks for programs; of several names of one program (`mariadb|mysql`) the first that is here counts. */
export function programs(...wanted: readonly string[]): Programs {
  const found = wanted.map((names) => names.split('|').map((name) => findBinary(name)).find((path) => path !== undefined))
  const missing = wanted.filter((_, at) => found[at] === undefined)
  return {
    skip: missing.length > 0 ? `${missing.join(' and ').replaceAll('|', ' or ')} can't be found here` : undefined,
    run: async (line, env) => (await measureProgram({ file: 'sh', args: ['-ec', line, ...found as string[]], ...env && { env } })).figures,
  }
}

/** A Python that has these modules, as what a script of ours is run with. */
export function python(...modules: readonly string[]): { readonly skip: string | undefined, readonly run: (script: URL, ...args: readonly string[]) => Promise<Figures> } {
  // What comes with the system has the system's modules.
  const file = ['python3', '/usr/bin/python3'].map((name) => findBinary(name, name.startsWith('/') ? ['/'] : undefined))
    .find((path) => path !== undefined && spawnSync(path, ['-c', `import ${modules.join(', ')}`]).status === 0)
  return {
    skip: file === undefined ? `no python3 here has ${modules.join(' and ')}` : undefined,
    run: async (script, ...args) => (await measureProgram({ file: file!, args: [script.pathname, ...args] })).figures,
  }
}

/** A MySQL or MariaDB as its own programs are told of it, and most others. */
export function addressOf(url: string): { flags: string, database: string, env: NodeJS.ProcessEnv } {
  const { hostname, port, username, password, pathname } = new URL(url)
  return { flags: `--host=${hostname} --port=${port} --user=${username}`, database: pathname.slice(1), env: password === '' ? {} : { MYSQL_PWD: decodeURIComponent(password) } }
}

/** A PostgreSQL as its own programs are told of it. */
export function postgresEnv(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  return {
    PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: decodeURIComponent(password), PGDATABASE: pathname.slice(1),
    PGOPTIONS: `-csearch_path=${searchParams.get('schema') ?? 'public'}`,
  }
}
