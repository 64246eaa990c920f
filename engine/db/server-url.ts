import { ConfigurationError } from '../errors.ts'
import { keepSecret } from '../redact.ts'
import { readSsl } from './ssl.ts'
import type { Ssl } from './ssl.ts'

/** Where a server is and who asks, as read from a URL. */
export interface ServerUrl {
  /** A name or an address; `localhost` where the URL has none. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** A file or folder of this machine instead of a host. */
  readonly socketPath: string | undefined
  readonly ssl: Ssl | undefined
  /** For messages: without the password. */
  readonly place: string
  readonly parameters: URLSearchParams
}

/** What differs from database to database. */
export interface UrlKind {
  /** For messages: `MySQL`. */
  readonly name: string
  readonly scheme: string
  readonly port: number
  readonly parameters: readonly string[]
  /** The database of a URL that names none; without it, each must name one. */
  readonly database?: string
  /** The parameters in the words that the rest of this folder knows. */
  readonly spelled?: (parameters: URLSearchParams, place: string) => URLSearchParams
}

/**
 * Reads `scheme://user:password@host:port/database?…`. The password is kept out of all messages from here on.
 *
 * @throws {ConfigurationError} for what can't be read; never with the URL itself, for it holds the password
 */
export function readServerUrl(url: string, kind: UrlKind): ServerUrl {
  const parsed = parse(url, kind)
  const decode = (text: string): string => decoded(text, kind)
  const password = decode(parsed.password)
  keepSecret(password)
  keepSecret(parsed.password)
  const user = decode(parsed.username)
  const host = decode(parsed.hostname).replaceAll(/^\[|\]$/g, '') || 'localhost'
  const port = parsed.port === '' ? kind.port : Number(parsed.port)
  const named = decode(parsed.pathname.slice(1))
  const database = named || (kind.database ?? '')
  const socketPath = parsed.searchParams.get('socketPath') ?? undefined
  const place = `${kind.scheme}://${user === '' ? '' : `${user}@`}${socketPath ?? `${host.includes(':') ? `[${host}]` : host}:${port}`}${named === '' && database !== '' ? '' : `/${named}`}`
  const unknown = [...parsed.searchParams.keys()].find((name) => !kind.parameters.includes(name))
  if (unknown !== undefined) {
    throw new ConfigurationError(`the URL has an unknown parameter ${unknown}`, { where: place, wayOut: `use ${kind.parameters.join(', ')}` })
  }
  if (database === '') throw new ConfigurationError('the URL names no database', { where: place, wayOut: shapeOf(kind) })
  const parameters = kind.spelled?.(parsed.searchParams, place) ?? parsed.searchParams
  return { host, port, user, password, database, socketPath, ssl: readSsl(parameters, place), place, parameters }
}

export function shapeOf({ scheme, port }: UrlKind): string {
  return `write ${scheme}://user:password@host:${port}/database, with special characters of the password encoded (@ is %40, / is %2F, # is %23)`
}

function parse(url: string, kind: UrlKind): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed !== undefined && url.slice(parsed.protocol.length).startsWith('//') && parsed.hash === '') return parsed
  // The message of URL's own error quotes the URL, and the password with it.
  throw new ConfigurationError(`the URL of a ${kind.name} database can't be read`, { wayOut: shapeOf(kind) })
}

function decoded(text: string, { name }: UrlKind): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ConfigurationError(`the URL of a ${name} database has a % that encodes nothing`, { wayOut: 'write a % of the password as %25' })
  }
}
