import { Client } from 'pg'
import type { Command, ServerKind } from './kind.ts'

const isRoot = () => process.getuid?.() === 0

/** PostgreSQL refuses to run as root: then as the user whom its package has made. */
const asUser = (file: string, args: string[]): Command =>
  isRoot() ? { file: 'setpriv', args: ['--reuid=postgres', '--regid=postgres', '--clear-groups', file, ...args] } : { file, args }

export const postgresKind: ServerKind = {
  name: 'PostgreSQL',
  envVariable: 'STARLINE_TEST_POSTGRES',
  urlExample: 'postgres://postgres:password@127.0.0.1:5432/postgres',
  compose: { service: 'postgres', port: 5432, url: (port) => `postgres://postgres:starline@127.0.0.1:${port}/postgres` },
  binaries: ['initdb', 'postgres'],
  aptPackages: ['postgresql'],
  brewFormula: 'postgresql',
  prepare: (dir, find) => {
    const { file, args } = asUser(find('initdb'), ['-D', dir, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'])
    const folder = isRoot() ? 'chown postgres "$0" && chmod 711 "$(dirname "$0")" && cd "$0" && ' : ''
    return { file: 'sh', args: ['-c', `${folder}exec "$@"`, dir, file, ...args] }
  },
  start: (dir, port, find) => asUser(find('postgres'), ['-D', dir, '-h', '127.0.0.1', '-p', String(port), '-k', dir, '-c', 'fsync=off',
    // Parts of the memory that is shared are files of the data folder, and gone with it.
    '-c', 'dynamic_shared_memory_type=mmap', '-c', 'max_connections=200']),
  endsBy: 'SIGQUIT',
  url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
  ask: (url) => withPostgres(url, async (client) => {
    const { rows: [row] } = await client.query<{ version: string, dir: string }>("SELECT current_setting('server_version') AS version, current_setting('data_directory', true) AS dir")
    return { version: `PostgreSQL ${row?.version.split(' ')[0]}`, dir: row?.dir ?? '' }
  }),
}

/** Runs statements over a connection of their own, in the schema that the URL names, which is closed in any case. */
export async function withPostgres<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const schema = new URL(url).searchParams.get('schema')
    if (schema !== null) await client.query(`SET search_path = ${client.escapeIdentifier(schema)}`)
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
