import { readFileSync } from 'node:fs'
import type { SslOptions } from 'mysql2'
import { ConfigurationError } from '../../errors.ts'
import { keepSecret } from '../../redact.ts'

/** Where a server is and who asks, as read from a URL. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly socketPath: string | undefined
  readonly user: string
  readonly password: string
  readonly database: string
  readonly ssl: SslOptions | undefined
  /** For messages: without the password. */
  readonly place: string
}

const PARAMETERS = ['ssl', 'sslCa', 'socketPath']
const SHAPE = 'write mysql://user:password@host:3306/database, with special characters of the password encoded (@ is %40, / is %2F, # is %23)'

/**
 * Reads `mysql://user:password@host:port/database?ssl=…&sslCa=…&socketPath=…`.
 *
 * `ssl=true` encrypts and verifies the server's certificate and name, `ssl=unverified` only encrypts; `sslCa` is the
 * file of the authority's certificate. The password is kept out of all messages from here on.
 *
 * @throws {ConfigurationError} for what can't be read; never with the URL itself, for it holds the password
 */
export function readAddress(url: string): Address {
  const parsed = parse(url)
  const password = decoded(parsed.password)
  keepSecret(password)
  keepSecret(parsed.password)
  const user = decoded(parsed.username)
  const host = decoded(parsed.hostname).replaceAll(/^\[|\]$/g, '') || 'localhost'
  const port = parsed.port === '' ? 3306 : Number(parsed.port)
  const database = decoded(parsed.pathname.slice(1))
  const socketPath = parsed.searchParams.get('socketPath') ?? undefined
  const place = socketPath === undefined
    ? `mysql://${user}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
    : `mysql://${user}@${socketPath}/${database}`
  for (const name of parsed.searchParams.keys()) {
    if (PARAMETERS.includes(name)) continue
    throw new ConfigurationError(`the URL has an unknown parameter ${name}`, { where: place, wayOut: `use ${PARAMETERS.join(', ')}` })
  }
  if (database === '') throw new ConfigurationError('the URL names no database', { where: place, wayOut: SHAPE })
  return { host, port, socketPath, user, password, database, ssl: readSsl(parsed.searchParams, place), place }
}

function parse(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed !== undefined && url.slice(parsed.protocol.length).startsWith('//') && parsed.hash === '') return parsed
  // The message of URL's own error quotes the URL, and the password with it.
  throw new ConfigurationError('the URL of a MySQL database can\'t be read', { wayOut: SHAPE })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ConfigurationError('the URL of a MySQL database has a % that encodes nothing', { wayOut: 'write a % of the password as %25' })
  }
}

function readSsl(parameters: URLSearchParams, place: string): SslOptions | undefined {
  const ssl = parameters.get('ssl') ?? (parameters.has('sslCa') ? 'true' : 'false')
  const ca = parameters.get('sslCa')
  if (ssl === 'false') return undefined
  if (ssl === 'unverified') return { rejectUnauthorized: false }
  if (ssl !== 'true') throw new ConfigurationError(`ssl=${ssl} is not known`, { where: place, wayOut: 'use ssl=true, ssl=unverified or ssl=false' })
  return { rejectUnauthorized: true, verifyIdentity: true, ...ca !== null && { ca: readCertificate(ca, place) } }
}

function readCertificate(path: string, place: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigurationError(`the certificate ${path} can't be read`, { where: place, wayOut: 'let sslCa= name the file of the authority\'s certificate', cause })
  }
}
