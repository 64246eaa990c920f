/** The programs that come with the databases, as far as they are installed. */

import { findBinary } from '../helpers/servers/machine.ts'
import { measureProgram } from './measure.ts'
import type { Figures } from './measure.ts'

export interface SqlClient {
  /** Why there is none. */
  readonly skip?: string | undefined
  /** Runs one statement. */
  run(sql: string): Promise<Figures>
}

/** The first of these programs that is here. */
const programOf = (...names: readonly string[]): string | undefined => names.map((name) => findBinary(name)).find((path) => path !== undefined)

/** The `mysql` client, on a database whose user has no password. */
export function clientOf(url: string): SqlClient {
  const file = programOf('mariadb', 'mysql')
  return {
    skip: file === undefined ? 'there is no mysql client here' : undefined,
    run: async (sql) => (await measureProgram({ file: file!, args: [...addressOf(url), '--local-infile=1', `--database=${new URL(url).pathname.slice(1)}`, '--execute', sql] })).figures,
  }
}

/** Where a server is, as the flags of MySQL's and MariaDB's own programs, and of most others. */
function addressOf(url: string): string[] {
  const { hostname, port, username } = new URL(url)
  return [`--host=${hostname}`, `--port=${port}`, `--user=${username}`]
}
