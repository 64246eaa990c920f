import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../../errors.ts'
import { keepSecret } from '../../redact.ts'

/** Encrypted, and whether the server must prove who it is. */
interface Ssl {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
}

/** Where a server is and who asks, as read from a URL. */
export interface Address {
  /** A name, an address, or the folder of a socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Where tables are looked for and made; undefined for what the server says of this user. */
  readonly schema: string | undefined
  readonly ssl: Ssl | undefined
  /** For messages: without the password. */
  readonly place: string
}

const PARAMETERS = ['schema', 'ssl', 'sslCa', 'socketPath']
const SHAPE = 'write postgres://user:password@host:5432/database, with special characters of the password encoded (@ is %40, / is %2F, # is %23)'

/**
 * Reads `postgres://user:password@host:port/database?schema=…&ssl=…&sslCa=…&socketPath=…`.
 *
 * `ssl=true` encrypts and verifies the server's certificate and name, `ssl=unverified` only encrypts; `sslCa` is the
 * file of the authority's certificate; `socketPath` is the folder of the server's socket. The password is kept out of all
 * messages from here on.
 *
 * @throws {ConfigurationError} for what can't be read; never with the URL itself, for it holds the password
 */
export function readAddress(url: string): Address {
  const parsed = parse(url)
  const password = decoded(parsed.password)
  keepSecret(password)
  keepSecret(parsed.password)
  const user = decoded(parsed.username)
  const name = decoded(parsed.hostname).replaceAll(/^\[|\]$/g, '') || 'localhost'
  const port = parsed.port === '' ? 5432 : Number(parsed.port)
  const database = decoded(parsed.pathname.slice(1))
  const schema = parsed.searchParams.get('schema') ?? undefined
  const socketPath = parsed.searchParams.get('socketPath') ?? undefined
  const shown = socketPath ?? `${name.includes(':') ? `[${name}]` : name}:${port}`
  const place = `postgres://${user}@${shown}/${database}${schema === undefined ? '' : `?schema=${schema}`}`
  const unknown = [...parsed.searchParams.keys()].find((key) => !PARAMETERS.includes(key))
  if (unknown !== undefined) {
    throw new ConfigurationError(`the URL has an unknown parameter ${unknown}`, { where: place, wayOut: `use ${PARAMETERS.join(', ')}` })
  }
  if (database === '' || user === '') throw new ConfigurationError(`the URL names no ${database === '' ? 'database' : 'user'}`, { where: place, wayOut: SHAPE })
  if (socketPath !== undefined && !socketPath.startsWith('/')) {
    throw new ConfigurationError(`socketPath=${socketPath} is no folder's path from the root`, { where: place })
  }
  return { host: socketPath ?? name, port, user, password, database, schema, ssl: readSsl(parsed.searchParams, place), place }
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed !== undefined && url.slice(parsed.protocol.length).startsWith('//') && parsed.hash === '') return parsed
  // The message of URL's own error quotes the URL, and the password with it.
  throw new ConfigurationError('the URL of a PostgreSQL database can\'t be read', { wayOut: SHAPE })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ConfigurationError('the URL of a PostgreSQL database has a % that encodes nothing', { wayOut: 'write a % of the password as %25' })
  }
}

function readSsl(parameters: URLSearchParams, place: string): Ssl | undefined {
  const ssl = parameters.get('ssl') ?? (parameters.has('sslCa') ? 'true' : 'false')
  const ca = parameters.get('sslCa')
  if (ssl === 'false') return undefined
  if (ssl === 'unverified') return { rejectUnauthorized: false }
  if (ssl !== 'true') throw new ConfigurationError(`ssl=${ssl} is not known`, { where: place, wayOut: 'use ssl=true, ssl=unverified or ssl=false' })
  return { rejectUnauthorized: true, ...ca !== null && { ca: readCertificate(ca, place) } }
}

function readCertificate(path: string, place: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigurationError(`the certificate ${path} can't be read`, { where: place, wayOut: 'let sslCa= name the file of the authority\'s certificate', cause })
  }
}
