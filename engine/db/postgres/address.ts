import { ConfigurationError } from '../../errors.ts'
import { readServerUrl, shapeOf } from '../server-url.ts'
import type { ServerUrl, UrlKind } from '../server-url.ts'

/** Where a server is and who asks, as read from a URL. */
export interface Address extends Omit<ServerUrl, 'parameters' | 'socketPath'> {
  /** A name, an address, or the folder of a socket. */
  readonly host: string
  /** Where tables are looked for and made; undefined for what the server says of this user. */
  readonly schema: string | undefined
}

const PARAMETERS = ['schema', 'ssl', 'sslCa', 'sslCert', 'sslKey', 'sslmode', 'sslrootcert', 'socketPath']
const KIND: UrlKind = { name: 'PostgreSQL', scheme: 'postgres', port: 5432, parameters: PARAMETERS, spelled }

/**
 * Reads `postgres://user:password@host:port/database?schema=…&ssl=…&sslCa=…&sslCert=…&sslKey=…&socketPath=…`.
 *
 * `ssl` and the files are as on MySQL; `sslmode` and `sslrootcert` say the same in PostgreSQL's own words, so that the
 * URL of a hosted server can be used as it is given; `socketPath` is the folder of the server's socket.
 *
 * @throws {ConfigurationError} for what can't be read; never with the URL itself, for it holds the password
 */
export function readAddress(url: string): Address {
  const { socketPath, parameters, ...read } = readServerUrl(url, KIND)
  const schema = parameters.get('schema') ?? undefined
  const place = `${read.place}${schema === undefined ? '' : `?schema=${schema}`}`
  if (read.user === '') throw new ConfigurationError('the URL names no user', { where: place, wayOut: shapeOf(KIND) })
  if (socketPath !== undefined && !socketPath.startsWith('/')) {
    throw new ConfigurationError(`socketPath=${socketPath} is no folder's path from the root`, { where: place })
  }
  return { ...read, host: socketPath ?? read.host, schema, place }
}

const MODES: Readonly<Record<string, string>> = { disable: 'false', require: 'unverified', 'verify-ca': 'authority', 'verify-full': 'true' }

/** `sslmode` and `sslrootcert` as `ssl` and `sslCa`. */
function spelled(parameters: URLSearchParams, place: string): URLSearchParams {
  const mode = parameters.get('sslmode')
  const ca = parameters.get('sslrootcert')
  if (mode === null && ca === null) return parameters
  if (parameters.has('ssl') || parameters.has('sslCa')) throw new ConfigurationError('the URL says ssl twice', { where: place, wayOut: 'use ssl and sslCa, or sslmode and sslrootcert' })
  if (mode !== null && !Object.hasOwn(MODES, mode)) {
    throw new ConfigurationError(`sslmode=${mode} leaves open whether anything is encrypted, or is not known`, { where: place, wayOut: `use sslmode=${Object.keys(MODES).join(', sslmode=')}` })
  }
  const said = new URLSearchParams(parameters)
  if (ca !== null) said.set('sslCa', ca)
  // An authority that is named is looked at, as PostgreSQL's own programs do.
  if (mode !== null) said.set('ssl', mode === 'require' && ca !== null ? 'authority' : MODES[mode] ?? '')
  return said
}
