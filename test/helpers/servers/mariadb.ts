import { createConnection } from 'mysql2/promise'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import type { ServerKind } from './kind.ts'

/** MariaDB refuses to run as root unless it is told so by name. */
const asUser = () => process.getuid?.() === 0 ? ['--user=root'] : []

export const mariadbKind: ServerKind = {
  name: 'MariaDB',
  envVariable: 'STARLINE_TEST_MYSQL',
  urlExample: 'mysql://root:password@127.0.0.1:3306',
  compose: { service: 'mariadb', port: 3306, url: (port) => `mysql://root:starline@127.0.0.1:${port}` },
  binaries: ['mariadbd', 'mariadb-install-db'],
  aptPackages: ['mariadb-server-core', 'mariadb-client-core'],
  brewFormula: 'mariadb',
  prepare: (dir) => ({
    file: 'mariadb-install-db',
    // A server that starts clears the temporary folder of what looks like its own, also while it is only set up: each needs one for itself.
    args: ['--no-defaults', `--datadir=${dir}`, `--tmpdir=${dir}`, '--auth-root-authentication-method=normal', '--skip-test-db',
      '--skip-name-resolve', ...asUser()],
  }),
  start: (dir, port) => ({
    file: 'mariadbd',
    args: ['--no-defaults', `--datadir=${dir}`, `--tmpdir=${dir}`, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${dir}/server.sock`,
      '--skip-name-resolve', ...asUser(), '--skip-log-bin', '--local-infile=1',
      // A process that is killed loses nothing that the machine was told: only one whose power is cut does.
      '--innodb-flush-method=nosync', '--sync-frm=0'],
  }),
  url: (port) => `mysql://root@127.0.0.1:${port}`,
  ask: (url) => withConnection(url, async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version, @@datadir AS dir')
    const version = String(rows[0]?.['version'])
    const name = version.includes('MariaDB') ? 'MariaDB' : 'MySQL'
    return { version: `${name} ${version.split('-')[0]}`, dir: String(rows[0]?.['dir']) }
  }),
}

/** Runs statements over a connection of their own, which is closed in any case. */
export async function withConnection<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection({ uri: url, connectTimeout: 3_000 })
  // A server that is killed while we talk is an error of the query; without a listener it would also end the process.
  connection.on('error', () => {})
  try {
    return await work(connection)
  } finally {
    connection.destroy()
  }
}
