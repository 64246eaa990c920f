import type { RedisOptions } from 'ioredis'
import { readServerUrl } from '../../db/server-url.ts'
import { tlsOptions } from '../../db/ssl.ts'
import { ConfigurationError } from '../../errors.ts'

/** Where a Redis is and who asks. */
export interface RedisAddress {
  /** For messages: without the password. */
  readonly place: string
  /** Only this machine is asked. */
  readonly isLocal: boolean
  /** The server is told who asks: by a password, or a certificate. */
  readonly proves: boolean
  readonly options: Pick<RedisOptions, 'host' | 'port' | 'path' | 'username' | 'password' | 'db' | 'tls'>
}

const PARAMETERS = ['ssl', 'sslCa', 'sslCert', 'sslKey', 'socketPath']

/**
 * Reads `redis://user:password@host:port/number?socketPath=…` and `rediss://…?ssl=…&sslCa=…&sslCert=…&sslKey=…`, which is
 * encrypted: `ssl` and the files are as in a database's URL, and `ssl=true` unless told.
 *
 * @throws {ConfigurationError} for what can't be read; never with the URL itself, for it holds the password
 */
export function readRedisAddress(url: string): RedisAddress {
  const isEncrypted = url.startsWith('rediss:')
  const { host, port, user, password, database, socketPath, ssl, place, parameters } = readServerUrl(url, {
    name: 'Redis', scheme: isEncrypted ? 'rediss' : 'redis', port: 6379, parameters: PARAMETERS, database: '0', ...isEncrypted && { spelled: encrypted },
  })
  if (!isEncrypted && ssl !== undefined) throw new ConfigurationError('a redis: URL is not encrypted', { where: place, wayOut: 'write rediss://' })
  if (!/^\d{1,5}$/.test(database)) throw new ConfigurationError(`${database} is no number of a Redis database`, { where: place, wayOut: 'write a number after the host, such as /0' })
  return {
    place,
    isLocal: socketPath !== undefined || /^(localhost|127\..*|::1)$/.test(host),
    proves: password !== '' || parameters.has('sslCert'),
    options: {
      ...socketPath === undefined ? { host, port } : { path: socketPath }, db: Number(database),
      ...user !== '' && { username: user }, ...password !== '' && { password }, ...ssl !== undefined && { tls: tlsOptions(ssl) },
    },
  }
}

/** The scheme says that encryption is meant. */
function encrypted(parameters: URLSearchParams, place: string): URLSearchParams {
  if (parameters.get('ssl') === 'false') throw new ConfigurationError('a rediss: URL is encrypted, and ssl=false says that it is not', { where: place, wayOut: 'write redis://, or leave ssl=false out' })
  const said = new URLSearchParams(parameters)
  if (!said.has('ssl')) said.set('ssl', 'true')
  return said
}
